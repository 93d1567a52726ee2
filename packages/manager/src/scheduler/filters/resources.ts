import { onNodes } from './filter.js'
import type { Filter } from './filter.js'

/** What the task reserves is free on the node. */
export const resources: Filter = {
  check(task) {
    const reserved = task.Spec.Resources?.Reservations
    const { NanoCPUs = 0, MemoryBytes = 0, GenericResources = [] } = reserved ?? {}
    if (NanoCPUs === 0 && MemoryBytes === 0 && GenericResources.length === 0) return undefined
    return (load) =>
      NanoCPUs <= load.freeNanoCpus &&
      MemoryBytes <= load.freeMemory &&
      load.chooseGeneric(GenericResources) !== undefined
  },
  explain: (nodes) => `insufficient resources on ${onNodes(nodes)}`,
}
