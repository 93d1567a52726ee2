import type { Filter } from './filter.js'

/** `--replicas-max-per-node`. */
export const maxReplicas: Filter = {
  check(task) {
    const limit = task.Spec.Placement?.MaxReplicas ?? 0
    if (limit === 0) return undefined
    return (load) => load.activeOf(task.ServiceID ?? '') < limit
  },
  explain: () => 'max replicas per node limit exceed',
}
