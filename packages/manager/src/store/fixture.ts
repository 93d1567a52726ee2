import type { Secret } from '@essaim/api-types'

/** What create overwrites anyway. */
export const unborn = { Version: { Index: 0 }, CreatedAt: '', UpdatedAt: '' }

export const system = { name: 'system' }

export const secret = (ID: string, Name: string, Data = ''): Secret => ({ ID, ...unborn, Spec: { Name, Data } })
