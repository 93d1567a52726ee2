import type { ServiceSpec, TaskSpec } from '@essaim/api-types'
import { splitWords } from '@essaim/compose'
import type { FlagValues } from '../core/flags.js'
import { memoryOf } from './container.js'
import { durationOf, oneOf } from './options.js'
import type { serviceFlags } from './service-flags.js'

export type ServiceFlags = FlagValues<typeof serviceFlags>
type DurationFlag =
  | `health-${'interval' | 'timeout'}`
  | `restart-${'delay' | 'window'}`
  | `update-${'delay' | 'monitor'}`
  | 'rollback-delay'
  | 'stop-grace-period'
type Spec = ServiceSpec & { TaskTemplate: TaskSpec & { ContainerSpec: NonNullable<TaskSpec['ContainerSpec']> } }

/** Pure: the spec with what the flags say laid over it; what they do not name stays as it is. */
export function withFlags(spec: Spec, flags: ServiceFlags): Spec {
  const duration = (name: DurationFlag): number | undefined => durationOf(name, flags[name])
  const container = spec.TaskTemplate.ContainerSpec
  const { Limits, Reservations } = spec.TaskTemplate.Resources ?? {}
  const entrypoint = flags.entrypoint === undefined ? undefined : splitWords(flags.entrypoint)
  const health = defined({
    Test: flags['health-cmd'] === undefined ? undefined : ['CMD-SHELL', flags['health-cmd']],
    Interval: duration('health-interval'),
    Timeout: duration('health-timeout'),
    Retries: flags['health-retries'],
  })
  const restart = defined({
    Condition: oneOf('restart-condition', flags['restart-condition'], 'none', 'on-failure', 'any'),
    Delay: duration('restart-delay'),
    MaxAttempts: flags['restart-max-attempts'],
    Window: duration('restart-window'),
  })
  const update = defined({
    Parallelism: flags['update-parallelism'],
    Delay: duration('update-delay'),
    FailureAction: oneOf('update-failure-action', flags['update-failure-action'], 'pause', 'continue', 'rollback'),
    Monitor: duration('update-monitor'),
    MaxFailureRatio: flags['update-max-failure-ratio'],
    Order: oneOf('update-order', flags['update-order'], 'start-first', 'stop-first'),
  })
  const rollback = defined({
    Parallelism: flags['rollback-parallelism'],
    Delay: duration('rollback-delay'),
    FailureAction: oneOf('rollback-failure-action', flags['rollback-failure-action'], 'pause', 'continue'),
  })
  const endpoint = defined({ Mode: oneOf('endpoint-mode', flags['endpoint-mode'], 'vip', 'dnsrr') })
  return {
    ...spec,
    ...over('UpdateConfig', spec.UpdateConfig ?? { Parallelism: 1 }, update),
    ...over('RollbackConfig', spec.RollbackConfig ?? { Parallelism: 1 }, rollback),
    ...over('EndpointSpec', spec.EndpointSpec, endpoint),
    TaskTemplate: {
      ...spec.TaskTemplate,
      ContainerSpec: {
        ...container,
        ...defined({
          Command: entrypoint,
          Hostname: flags.hostname,
          User: flags.user,
          Dir: flags.workdir,
          StopSignal: flags['stop-signal'],
          StopGracePeriod: duration('stop-grace-period'),
        }),
        ...over('HealthCheck', container.HealthCheck, health),
      },
      ...over('RestartPolicy', spec.TaskTemplate.RestartPolicy, restart),
      Resources: {
        ...spec.TaskTemplate.Resources,
        ...over('Limits', Limits, resources(flags['limit-cpu'], flags['limit-memory'])),
        ...over('Reservations', Reservations, resources(flags['reserve-cpu'], flags['reserve-memory'])),
      },
    },
  }
}

function resources(cpus: number | undefined, memory: string | undefined): { NanoCPUs?: number; MemoryBytes?: number } {
  return defined({
    NanoCPUs: cpus === undefined ? undefined : Math.round(cpus * 1e9),
    MemoryBytes: memory === undefined ? undefined : memoryOf(memory),
  })
}

/** The object with `changes` laid over it, under its key; nothing when there is no change. */
function over<K extends string, T extends object>(key: K, base: object | undefined, changes: T): { [P in K]?: T } {
  if (Object.keys(changes).length === 0) return {}
  return { [key]: { ...base, ...changes } } as { [P in K]?: T }
}

/** Without the fields that are undefined. */
function defined<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>
  }
}
