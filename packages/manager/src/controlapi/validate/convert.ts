import { internal, invalid } from '@essaim/base'
import type { ServiceSpec, TaskSpec } from '@essaim/api-types'

/** What Docker refuses while it reads a service's specification, before the managers judge it. */
export function checkShape(spec: ServiceSpec): void {
  const task = spec.TaskTemplate ?? {}
  checkRuntime(task)
  checkContainer(task)
  one('RestartCondition', task.RestartPolicy?.Condition, ['none', 'on-failure', 'any', ''])
  if (Object.keys(spec.Mode ?? {}).length > 1) throw invalid('service.mode', 'must specify only one service mode')
  checkUpdate(spec.UpdateConfig)
  checkUpdate(spec.RollbackConfig)
  one('resolution mode', spec.EndpointSpec?.Mode, ['vip', 'dnsrr', ''])
}

function checkRuntime(task: TaskSpec): void {
  switch (task.Runtime ?? '') {
    case '':
    case 'container':
      if (task.ContainerSpec !== undefined && task.PluginSpec === undefined) return
      throw invalid('service.runtime', 'mismatched Runtime and *Spec fields')
    case 'plugin':
      throw task.ContainerSpec === undefined
        ? internal('service.runtime', 'services of plugins are not supported')
        : invalid('service.runtime', 'mismatched Runtime and *Spec fields')
    default:
      throw invalid('service.runtime', 'unsupported runtime')
  }
}

function checkContainer({ ContainerSpec: container }: TaskSpec): void {
  for (const { Type, BindOptions } of container?.Mounts ?? []) {
    one('MountType', Type, ['bind', 'volume', 'tmpfs', 'npipe', 'cluster'])
    one('MountPropagation', BindOptions?.Propagation, [
      'private',
      'rprivate',
      'shared',
      'rshared',
      'slave',
      'rslave',
      '',
    ])
  }
  for (const { File, Runtime } of container?.Configs ?? []) {
    if (File === undefined && Runtime === undefined) {
      throw invalid('service.config', 'invalid Config: either File or Runtime should be set')
    }
    if (File !== undefined && Runtime !== undefined) {
      throw invalid('service.config', 'invalid Config: cannot specify both File and Runtime')
    }
  }
  const named = Object.entries(container?.Privileges?.CredentialSpec ?? {}).filter(([, value]) => value !== '')
  const [first, second] = ['Config', 'File', 'Registry'].filter((key) => named.some(([name]) => name === key))
  if (first !== undefined && second !== undefined) {
    const both = `"${first.toLowerCase()}" and "${second.toLowerCase()}"`
    throw invalid('service.credentials', `invalid CredentialSpec: cannot specify both ${both} credential specs`)
  }
}

function checkUpdate(config: ServiceSpec['UpdateConfig']): void {
  const { FailureAction = '', Order = '' } = (config ?? {}) as { FailureAction?: string; Order?: string }
  if (!['', 'pause', 'continue', 'rollback'].includes(FailureAction)) {
    throw invalid('service.update', `unrecognized update failure action ${FailureAction}`)
  }
  if (!['', 'stop-first', 'start-first'].includes(Order)) {
    throw invalid('service.update', `unrecognized update order ${Order}`)
  }
}

function one(what: string, value: string | undefined, allowed: string[]): void {
  if (value === undefined || allowed.includes(value)) return
  throw invalid('service.value', `invalid ${what}: "${value}"`)
}
