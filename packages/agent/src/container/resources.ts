import type { HostConfig, TaskSpec } from '@essaim/api-types'

/** Microseconds; swarmkit's period for CPU limits. */
const cpuPeriod = 100_000

/** Limits of a task as a container's. Reservations only concern placement. */
export function resourceLimits({ Resources: resources, ContainerSpec: container }: TaskSpec): Partial<HostConfig> {
  const { NanoCPUs: cpus = 0, MemoryBytes: memory = 0, Pids: pids = 0 } = resources?.Limits ?? {}
  return {
    ...(memory > 0 && { Memory: memory }),
    ...(cpus > 0 && { CpuPeriod: cpuPeriod, CpuQuota: Math.round((cpus * cpuPeriod) / 1e9) }),
    ...(pids > 0 && { PidsLimit: pids }),
    ...(container?.Ulimits !== undefined && { Ulimits: container.Ulimits }),
    ...(container?.OomScoreAdj !== undefined && { OomScoreAdj: container.OomScoreAdj }),
  }
}
