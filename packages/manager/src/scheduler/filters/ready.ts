import { onNodes } from './filter.js'
import type { Filter } from './filter.js'

/** The node's agent is there and the node takes new tasks. */
export const ready: Filter = {
  check: () => (load) => load.node.Status.State === 'ready' && load.node.Spec.Availability === 'active',
  explain: (nodes) => `${onNodes(nodes)} not available for new tasks`,
}
