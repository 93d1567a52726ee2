import type { Service, ServiceSpec } from '@essaim/api-types'

const second = 1e9

/** swarmkit's defaults, times in nanoseconds. */
const restart = { Condition: 'any', Delay: 5 * second, MaxAttempts: 0 } as const
const update = {
  Parallelism: 1,
  FailureAction: 'pause',
  Monitor: 5 * second,
  MaxFailureRatio: 0,
  Order: 'stop-first',
} as const
const stopGracePeriod = 10 * second

/** The specification with what stands for itself written out, for `insertDefaults`. */
export function withDefaults(spec: Service['Spec']): Service['Spec'] {
  const task = spec.TaskTemplate
  return {
    ...spec,
    TaskTemplate: {
      ...task,
      ContainerSpec: { StopGracePeriod: stopGracePeriod, DNSConfig: {}, ...task.ContainerSpec },
      Resources: task.Resources ?? {},
      RestartPolicy: { ...restart, ...task.RestartPolicy },
      Placement: task.Placement ?? {},
    },
    UpdateConfig: filled(spec.UpdateConfig),
    RollbackConfig: filled(spec.RollbackConfig),
  }
}

function filled<T extends ServiceSpec['UpdateConfig']>(config: T): T | typeof update {
  return config === undefined ? update : { ...config, Monitor: config.Monitor ?? update.Monitor }
}
