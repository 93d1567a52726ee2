import type { TaskSpec } from '@essaim/api-types'
import { invalidArgument } from '../refusal.js'
import { templateError } from './template.js'

/** Refuses placeholders (`{{.Node.Hostname}}`) in hostname, environment and mounts that could not be filled in. */
export function checkTemplates({ ContainerSpec: container }: TaskSpec): void {
  check('hostname', '', container?.Hostname ?? '')
  for (const entry of container?.Env ?? []) {
    const at = entry.indexOf('=')
    if (at >= 0) check('env', `expanding env "${entry}": `, entry.slice(at + 1))
  }
  for (const { Source = '', Target = '' } of container?.Mounts ?? []) {
    check('mounts', `expanding mount source "${Source}": `, Source)
    check('mounts', `expanding mount target "${Target}": `, Target)
  }
}

function check(what: string, where: string, text: string): void {
  const error = templateError(text)
  if (error === undefined) return
  throw invalidArgument('service.template', `expanding ${what} failed: ${where}template: expansion:1${error}`)
}
