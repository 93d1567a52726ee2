import type { GenericResources, Task } from '@essaim/api-types'
import type { NodeLoad } from './node-load.js'
import { Pipeline } from './pipeline.js'
import { Spread } from './spread.js'

/** What becomes of one pending task, and why. */
export type Decision =
  | { kind: 'assign'; task: Task; nodeId: string; generic: GenericResources; message: string }
  | { kind: 'refuse'; task: Task; error: string }
  /** It is no longer meant to run and never was on a node: nobody else will report its end. */
  | { kind: 'release'; task: Task }

/** Chooses nodes for tasks of one spec. The loads count what was chosen at once. */
export function place(group: readonly Task[], loads: Iterable<NodeLoad>, now: number): Decision[] {
  const [model] = group
  if (model === undefined) return []
  const pipeline = new Pipeline(model)
  const spread = new Spread(model, loads, pipeline, now)
  return group.map((task): Decision => {
    const load = spread.next()
    if (load === undefined) {
      const why = pipeline.explain()
      return { kind: 'refuse', task, error: why === '' ? 'no suitable node' : `no suitable node (${why})` }
    }
    const decision = assign(task, load, 'scheduler assigned task to node')
    spread.again(load)
    return decision
  })
}

/** Checks that the node that a task was made for can take it. */
export function confirm(task: Task, load: NodeLoad | undefined): Decision {
  const pipeline = new Pipeline(task)
  if (load === undefined) return { kind: 'refuse', task, error: 'no suitable node' }
  if (!pipeline.accepts(load)) return { kind: 'refuse', task, error: pipeline.explain() }
  return assign(task, load, 'scheduler confirmed task can run on preassigned node')
}

function assign(task: Task, load: NodeLoad, message: string): Decision {
  const generic = load.chooseGeneric(task.Spec.Resources?.Reservations?.GenericResources) ?? []
  const nodeId = load.node.ID
  load.put({ ...task, NodeID: nodeId, AssignedGenericResources: generic })
  return { kind: 'assign', task, nodeId, generic, message }
}
