import type { Task } from '@essaim/api-types'
import type { NodeLoad } from '../node-load.js'

/** One rule of placement, which can say why it refuses. The words are swarmkit's: users search for them. */
export interface Filter {
  /** Whether a node may take the task; undefined when the rule has nothing to say of this task. */
  check(task: Task): ((load: NodeLoad) => boolean) | undefined
  /** Why `nodes` nodes were refused. */
  explain(nodes: number): string
}

export function onNodes(nodes: number): string {
  return nodes === 1 ? '1 node' : `${nodes} nodes`
}
