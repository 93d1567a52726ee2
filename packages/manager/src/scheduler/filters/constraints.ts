import { matchesConstraints, parseConstraints } from '../constraints.js'
import { onNodes } from './filter.js'
import type { Filter } from './filter.js'

/** `Placement.Constraints`. */
export const constraints: Filter = {
  check(task) {
    const lines = task.Spec.Placement?.Constraints ?? []
    if (lines.length === 0) return undefined
    const parsed = parseConstraints(lines)
    return (load) => matchesConstraints(parsed, load.node)
  },
  explain: (nodes) => `scheduling constraints not satisfied on ${onNodes(nodes)}`,
}
