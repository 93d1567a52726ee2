import { isTerminal } from '@essaim/api-types'
import type { Node, Task } from '@essaim/api-types'
import type { Change, View } from '../store/contract.js'
import { isWanted, NodeLoad } from './node-load.js'

/** What each node carries, followed change by change: no placement has to scan tasks. */
export class Picture {
  readonly #loads = new Map<string, NodeLoad>()

  get loads(): Iterable<NodeLoad> {
    return this.#loads.values()
  }

  of(nodeId: string): NodeLoad | undefined {
    return this.#loads.get(nodeId)
  }

  reset(view: View): void {
    this.#loads.clear()
    for (const node of view.all('node')) this.#loads.set(node.ID, new NodeLoad(node))
    for (const task of view.all('task')) if (occupies(task)) this.#loads.get(task.NodeID ?? '')?.put(task)
  }

  /** Answers whether there may be room now where there was none. */
  follow(change: Change, now: number): boolean {
    if (change.table === 'task') return this.#task(change, now)
    if (change.table !== 'node') return false
    const { action, object: node } = change
    if (action === 'remove') return !this.#loads.delete(node.ID)
    const load = this.#loads.get(node.ID)
    if (load === undefined) this.#loads.set(node.ID, new NodeLoad(node))
    else load.node = node
    return action === 'create' || !sameForPlacement(node, change.before)
  }

  #task(change: Extract<Change, { table: 'task' }>, now: number): boolean {
    const { action, object: task } = change
    const load = this.#loads.get(task.NodeID ?? '')
    if (load === undefined) return false
    if (action === 'remove') load.remove(task.ID)
    else if (occupies(task)) load.put(task)
    if (action !== 'update') return action === 'remove'
    const ended = isTerminal(task.Status.State) && !isTerminal(change.before.Status.State)
    // A node is not to blame for a global task: nobody chose it.
    if (ended && task.Slot !== undefined && failed(task)) load.noteFailure(task, now)
    return ended || (isWanted(change.before) && !isWanted(task))
  }
}

/** Preassigned tasks count once they are confirmed. */
const occupies = (task: Task): boolean => task.NodeID !== undefined && !waitsForPlacement(task)
const failed = (task: Task): boolean => task.Status.State === 'failed' || task.Status.State === 'rejected'

/** Not yet on a node, by choice or by confirmation. */
export function waitsForPlacement(task: Task): boolean {
  return task.Status.State === 'new' || task.Status.State === 'allocated' || task.Status.State === 'pending'
}

function sameForPlacement(a: Node, b: Node): boolean {
  const relevant = ({ Spec, Description, Status }: Node): string =>
    JSON.stringify([Spec, Description, Status.State, Status.Addr])
  return relevant(a) === relevant(b)
}
