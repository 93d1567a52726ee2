import type { Filters } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import type { NetworkRecord } from '../records.js'
import { predefined } from './create.js'

const known = ['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type']

/** Whether a network passes the filters of a list; `used` tells whether containers are on it. Throws for what is no filter. */
export function matcher(filters: Filters): (network: NetworkRecord, used: boolean) => boolean {
  for (const name of Object.keys(filters)) {
    if (!known.includes(name)) throw invalid('filter.unknown', `Invalid filter '${name}'`)
  }
  for (const type of filters['type'] ?? []) {
    if (type !== 'builtin' && type !== 'custom') throw invalid('filter.value', `invalid filter: 'type'='${type}'`)
  }
  const dangling = filters['dangling']?.map(parseDangling)[0]
  return (network, used) => {
    const builtin = predefined.includes(network.name)
    const any = (key: string, test: (value: string) => boolean): boolean => filters[key]?.some(test) ?? true
    return (
      any('driver', (value) => network.driver === value) &&
      any('id', (value) => network.id.startsWith(value)) &&
      any('name', (value) => network.name.includes(value)) &&
      any('scope', (value) => network.scope === value) &&
      any('type', (value) => builtin === (value === 'builtin')) &&
      hasLabels(network.labels, filters['label'] ?? []) &&
      (dangling === undefined || (dangling ? !builtin && !used : builtin || used))
    )
  }
}

/** Whether a network that nobody uses is to be pruned. */
export function pruneMatcher(filters: Filters, now: number): (network: NetworkRecord) => boolean {
  for (const name of Object.keys(filters)) {
    if (!['label', 'label!', 'until'].includes(name)) throw invalid('filter.unknown', `Invalid filter '${name}'`)
  }
  const until = filters['until']?.map((value) => parseUntil(value, now))[0]
  return (network) => {
    if (predefined.includes(network.name) || network.configOnly || network.scope === 'swarm') return false
    const unwanted = filters['label!'] ?? []
    return (
      hasLabels(network.labels, filters['label'] ?? []) &&
      !unwanted.some((label) => hasLabels(network.labels, [label])) &&
      (until === undefined || Date.parse(network.created) < until)
    )
  }
}

/** `key` or `key=value`; all must hold. */
function hasLabels(labels: Record<string, string>, wanted: string[]): boolean {
  return wanted.every((label) => {
    const [key = '', ...value] = label.split('=')
    return key in labels && (value.length === 0 || labels[key] === value.join('='))
  })
}

function parseDangling(value: string): boolean {
  if (['1', 'true', 'True', 'TRUE', 't', 'T'].includes(value)) return true
  if (['0', 'false', 'False', 'FALSE', 'f', 'F'].includes(value)) return false
  throw invalid('filter.value', `invalid value for filter 'dangling', must be "true" (or "1"), or "false" (or "0")`)
}

const units: Record<string, number> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }

/** A time, seconds since the epoch, or a Go duration before now. */
function parseUntil(value: string, now: number): number {
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000
  if (/^(\d+(\.\d+)?(ms|h|m|s))+$/.test(value)) {
    const parts = [...value.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)]
    return now - parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0), 0)
  }
  const time = Date.parse(value)
  if (Number.isNaN(time)) throw invalid('filter.value', `failed to parse value as time or duration: "${value}"`)
  return time
}
