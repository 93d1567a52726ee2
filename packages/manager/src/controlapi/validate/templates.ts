import type { TaskSpec } from '@essaim/api-types'
import { invalidArgument } from '../refusal.js'

/** Placeholders (`{{.Node.Hostname}}`) of hostname, environment and mounts must at least be closed. */
export function checkTemplates({ ContainerSpec: container }: TaskSpec): void {
  check('hostname', container?.Hostname ?? '')
  for (const entry of container?.Env ?? []) check('env', entry)
  for (const { Source = '', Target = '' } of container?.Mounts ?? []) {
    check('mounts', Source)
    check('mounts', Target)
  }
}

function check(what: string, text: string): void {
  const opened = text.lastIndexOf('{{')
  if (opened < 0 || text.indexOf('}}', opened) >= 0) return
  throw invalidArgument('service.template', `expanding ${what} failed: template: expansion:1: unclosed action`)
}
