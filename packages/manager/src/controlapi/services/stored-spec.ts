import type { EndpointSpec, Service, ServiceSpec, TaskSpec } from '@essaim/api-types'

type StoredSpec = Service['Spec']

/** Fields whose zero means something else than absence; with the field above them where others share the name. */
const meaningful = new Set([
  'Replicas',
  'MaxConcurrent',
  'TotalCompletions',
  'Parallelism',
  'MaxFailureRatio',
  'MaxAttempts',
  'RestartPolicy.Delay',
  'RestartPolicy.Window',
  'StopGracePeriod',
  'ForceUpdate',
  'Init',
  'File.Name',
  'File.UID',
  'File.GID',
  'File.Mode',
  'Hard',
  'Soft',
])

/** Maps, which are left out when they are empty; structures are not. */
const maps = new Set(['Labels', 'Options', 'Sysctls'])

/**
 * The form in which a specification is stored and answered: what is empty is left out and what Docker fills in is filled
 * in, so that two that mean the same are equal.
 */
export function storedSpec(spec: ServiceSpec): StoredSpec {
  const lean = prune(spec, '', '') as ServiceSpec
  return {
    ...lean,
    Name: spec.Name ?? '',
    Labels: spec.Labels ?? {},
    TaskTemplate: template(lean.TaskTemplate ?? {}),
    Mode: mode(lean.Mode),
    ...(lean.UpdateConfig && { UpdateConfig: update(lean.UpdateConfig) }),
    ...(lean.RollbackConfig && { RollbackConfig: update(lean.RollbackConfig) }),
    ...(lean.EndpointSpec && { EndpointSpec: endpoint(lean.EndpointSpec) }),
  }
}

function prune(value: unknown, key: string, above: string): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => prune(item, '', key) ?? item)
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).flatMap(([name, item]) => {
      // What a map holds is data: an empty label is a label.
      const lean: unknown = maps.has(key) ? item : prune(item, name, key)
      return lean === undefined ? [] : [[name, lean] as const]
    })
    return entries.length === 0 && maps.has(key) ? undefined : Object.fromEntries(entries)
  }
  const isZero = value === '' || value === 0 || value === false
  return isZero && !meaningful.has(key) && !meaningful.has(`${above}.${key}`) ? undefined : value
}

function template(task: TaskSpec): TaskSpec {
  const { RestartPolicy: restart } = task
  return {
    ...task,
    ContainerSpec: { ...task.ContainerSpec, Isolation: task.ContainerSpec?.Isolation ?? 'default' },
    ...(restart && {
      RestartPolicy: { ...restart, Condition: restart.Condition ?? 'any', MaxAttempts: restart.MaxAttempts ?? 0 },
    }),
    ForceUpdate: task.ForceUpdate ?? 0,
    Runtime: 'container',
  }
}

function mode(given: ServiceSpec['Mode']): ServiceSpec['Mode'] {
  if (given?.Global !== undefined || given?.GlobalJob !== undefined) return given
  if (given?.ReplicatedJob !== undefined) {
    const { MaxConcurrent = 1, TotalCompletions = MaxConcurrent } = given.ReplicatedJob
    return { ReplicatedJob: { MaxConcurrent, TotalCompletions } }
  }
  return { Replicated: { Replicas: given?.Replicated?.Replicas ?? 1 } }
}

function update<T extends NonNullable<ServiceSpec['UpdateConfig']>>(config: T): T {
  return { Parallelism: 0, FailureAction: 'pause', MaxFailureRatio: 0, Order: 'stop-first', ...config }
}

function endpoint(spec: EndpointSpec): EndpointSpec {
  const ports = spec.Ports?.map((port) => ({
    ...port,
    Protocol: port.Protocol ?? 'tcp',
    PublishMode: port.PublishMode === 'host' ? port.PublishMode : ('ingress' as const),
  }))
  return { Mode: spec.Mode ?? 'vip', ...(ports && { Ports: ports }) }
}
