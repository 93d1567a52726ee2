import { rfc3339 } from '@essaim/base'
import type { Task } from '@essaim/api-types'
import type { Change, Tx, View } from '../store/contract.js'
import type { Moment, Pass } from '../orchestrator/loop/pass.js'
import { confirm, place } from './place.js'
import type { Decision } from './place.js'
import { isWanted } from './node-load.js'
import { Picture, waitsForPlacement } from './picture.js'

/**
 * Gives pending tasks their nodes: all waiting tasks of one service in one go. A task that fits nowhere says why in
 * its status and is tried again when a node changes or something ends.
 */
export class Scheduler implements Pass {
  readonly name = 'scheduler'
  readonly #picture = new Picture()
  /** Pending tasks to look at, and those that fitted nowhere when last looked at. */
  readonly #queue = new Set<string>()
  readonly #unplaced = new Set<string>()

  constructor(private readonly now: () => number) {}

  reset(view: View): void {
    this.#picture.reset(view)
    this.#queue.clear()
    this.#unplaced.clear()
    for (const state of ['new', 'allocated', 'pending']) {
      for (const task of view.find('task', 'state', state)) this.#note(task)
    }
  }

  mark(change: Change): void {
    if (change.table === 'task') {
      if (change.action === 'remove') this.#forget(change.object.ID)
      else this.#note(change.object)
    }
    if (this.#picture.follow(change, this.now())) this.#retry()
  }

  dirty(): boolean {
    return this.#queue.size > 0
  }

  due(): undefined {
    return undefined
  }

  run(tx: Tx, { now }: Moment): string | undefined {
    const decisions = [...groups(tx, this.#queue)].flatMap((group) => this.#decide(group, now))
    this.#queue.clear()
    for (const decision of decisions) this.#apply(tx, decision, now)
    return summary(decisions)
  }

  #decide(group: Task[], now: number): Decision[] {
    const [first] = group
    if (first === undefined) return []
    if (!isWanted(first)) return group.map((task) => ({ task, kind: 'release' }))
    return first.NodeID === undefined
      ? place(group, this.#picture.loads, now)
      : group.map((task) => confirm(task, this.#picture.of(task.NodeID ?? '')))
  }

  #apply(tx: Tx, decision: Decision, now: number): void {
    const { task } = decision
    const Timestamp = rfc3339(now)
    switch (decision.kind) {
      case 'assign': {
        const Status = { State: 'assigned', Message: decision.message, Timestamp, PortStatus: {} } as const
        const AssignedGenericResources = decision.generic.length > 0 ? decision.generic : task.AssignedGenericResources
        tx.update('task', { ...task, NodeID: decision.nodeId, AssignedGenericResources, Status })
        break
      }
      case 'refuse':
        if (task.Status.Err !== decision.error) {
          tx.update('task', { ...task, Status: { ...task.Status, Timestamp, Err: decision.error } })
        }
        this.#queue.delete(task.ID)
        this.#unplaced.add(task.ID)
        break
      case 'release':
        tx.update('task', { ...task, Status: { State: 'shutdown', Message: 'shutdown', Timestamp, PortStatus: {} } })
        break
    }
  }

  #note(task: Task): void {
    this.#forget(task.ID)
    if (task.Status.State === 'pending' || (waitsForPlacement(task) && !isWanted(task))) this.#queue.add(task.ID)
  }

  #forget(taskId: string): void {
    this.#queue.delete(taskId)
    this.#unplaced.delete(taskId)
  }

  #retry(): void {
    for (const id of this.#unplaced) this.#queue.add(id)
    this.#unplaced.clear()
  }
}

/** Tasks of one spec together; what cannot be compared stands alone. */
function groups(view: View, ids: Iterable<string>): Iterable<Task[]> {
  const bySpec = new Map<string, Task[]>()
  for (const id of ids) {
    const task = view.get('task', id)
    if (task === undefined) continue
    const owner = task.ServiceID ?? `task ${task.ID}`
    const key = `${owner}/${task.Internal.SpecVersion}/${isWanted(task)}/${task.NodeID ?? ''}`
    const group = bySpec.get(key)
    if (group === undefined) bySpec.set(key, [task])
    else group.push(task)
  }
  return bySpec.values()
}

function summary(decisions: readonly Decision[]): string | undefined {
  const [first] = decisions
  if (first === undefined) return undefined
  const count = (kind: Decision['kind']): number => decisions.filter((decision) => decision.kind === kind).length
  return `scheduler: ${count('assign')} placed, ${count('refuse')} fit nowhere, ${count('release')} no longer wanted`
}
