import type { EndpointSpec, ServiceSpec, TaskSpec } from '@essaim/api-types'
import { problem } from '../problem.js'
import type { PortModel } from '../shape/ports.js'
import type { ServiceModel } from '../shape/service.js'

type Deploy = NonNullable<ServiceModel['deploy']>

export function planMode(deploy: Deploy): NonNullable<ServiceSpec['Mode']> {
  const { mode = 'replicated', replicas } = deploy
  if (replicas && (mode === 'global' || mode === 'global-job')) {
    throw problem(replicas.at, replicas.path, `replicas can only be used with mode replicated or replicated-job`)
  }
  const count = replicas?.value
  switch (mode) {
    case 'replicated':
      return { Replicated: count === undefined ? {} : { Replicas: count } }
    case 'replicated-job':
      return { ReplicatedJob: count === undefined ? {} : { MaxConcurrent: count, TotalCompletions: count } }
    case 'global':
      return { Global: {} }
    case 'global-job':
      return { GlobalJob: {} }
  }
}

type Rollout = NonNullable<Deploy['update_config'] | Deploy['rollback_config']>

/** Parallelism is 1 where it is not said; 0 is all at once. */
export function planRollout<R extends Rollout>(
  rollout: R,
): Omit<NonNullable<ServiceSpec['UpdateConfig']>, 'FailureAction'> & {
  FailureAction?: NonNullable<R['failure_action']>
} {
  return {
    Parallelism: rollout.parallelism ?? 1,
    ...(rollout.delay !== undefined && { Delay: rollout.delay }),
    ...(rollout.failure_action && { FailureAction: rollout.failure_action }),
    ...(rollout.monitor !== undefined && { Monitor: rollout.monitor }),
    MaxFailureRatio: rollout.max_failure_ratio ?? 0,
    ...(rollout.order && { Order: rollout.order }),
  }
}

export function planResources({ resources = {} }: Deploy): NonNullable<TaskSpec['Resources']> {
  const { limits, reservations } = resources
  const size = (from: { cpus?: number; memory?: number }): { NanoCPUs?: number; MemoryBytes?: number } => ({
    ...(from.cpus && { NanoCPUs: from.cpus }),
    ...(from.memory && { MemoryBytes: from.memory }),
  })
  const generic = reservations?.generic_resources?.flatMap(({ discrete_resource_spec: spec }) =>
    spec ? [{ DiscreteResourceSpec: { Kind: spec.kind ?? '', Value: spec.value ?? 0 } }] : [],
  )
  return {
    ...(limits && { Limits: { ...size(limits), ...(limits.pids && { Pids: limits.pids }) } }),
    ...(reservations && { Reservations: { ...size(reservations), ...(generic && { GenericResources: generic }) } }),
  }
}

export function planPlacement({ placement = {} }: Deploy): NonNullable<TaskSpec['Placement']> {
  const { constraints, preferences, max_replicas_per_node: most } = placement
  return {
    ...(constraints && { Constraints: constraints }),
    ...(preferences?.length && {
      Preferences: preferences.map(({ spread }) => ({ Spread: { SpreadDescriptor: spread ?? '' } })),
    }),
    ...(most && { MaxReplicas: most }),
  }
}

/** `deploy.restart_policy`, or else what the old `restart` comes nearest to. */
export function planRestart(service: ServiceModel): TaskSpec['RestartPolicy'] {
  const policy = service.deploy?.restart_policy
  if (policy) {
    return {
      ...(policy.condition && { Condition: policy.condition }),
      ...(policy.delay !== undefined && { Delay: policy.delay }),
      ...(policy.max_attempts !== undefined && { MaxAttempts: policy.max_attempts }),
      ...(policy.window !== undefined && { Window: policy.window }),
    }
  }
  const { restart } = service
  if (!restart || restart.value === '') return undefined
  const [, name, attempts] = /^(no|always|unless-stopped|on-failure)(?::(\d+))?$/.exec(restart.value) ?? []
  if (name === undefined) {
    const allowed = 'no, always, on-failure, on-failure:N or unless-stopped'
    throw problem(restart.at, restart.path, `${JSON.stringify(restart.value)} is not one of ${allowed}`)
  }
  if (name === 'no') return undefined
  return {
    Condition: name === 'on-failure' ? 'on-failure' : 'any',
    ...(Number(attempts ?? 0) > 0 && { MaxAttempts: Number(attempts) }),
  }
}

export function planEndpoint(mode: EndpointSpec['Mode'], ports: PortModel[]): EndpointSpec {
  const configs = ports.map((port) => ({
    ...(port.protocol && { Protocol: port.protocol }),
    ...(port.target && { TargetPort: port.target }),
    ...(port.published && { PublishedPort: port.published }),
    ...(port.mode && { PublishMode: port.mode }),
  }))
  const sorted = configs.toSorted((a, b) => (a.PublishedPort ?? 0) - (b.PublishedPort ?? 0))
  return { ...(mode && { Mode: mode }), ...(sorted.length > 0 && { Ports: sorted }) }
}
