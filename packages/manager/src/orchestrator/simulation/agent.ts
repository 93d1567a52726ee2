import { rfc3339 } from '@essaim/base'
import type { Clock } from '@essaim/base'
import { isPast, isTerminal, stateRank } from '@essaim/api-types'
import type { Task, TaskState } from '@essaim/api-types'
import type { Store, Tx } from '../../store/contract.js'
import { settle } from './clock.js'

/** How tasks of a service fare on the simulated nodes. */
export type Fate = 'runs' | 'completes' | 'fails' | 'is rejected'

/**
 * Stands in for all agents: every step moves each task one state on towards its desired state, as a node that is up
 * would report it.
 */
export class SimulatedAgents {
  /** By the image of the task's container; others run. */
  readonly fates: Map<string, Fate>
  readonly down: Set<string>
  /** Tasks whose container ends by itself at the next step. */
  readonly killed = new Set<string>()

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    before?: SimulatedAgents,
  ) {
    this.fates = before?.fates ?? new Map()
    this.down = before?.down ?? new Set()
  }

  /** One report of all nodes. Answers whether anything was reported. */
  async step(): Promise<boolean> {
    const moved = await this.store.update({ name: 'agents' }, 'status', (tx) => {
      let count = 0
      for (const task of tx.all('task')) count += Number(this.#move(tx, task))
      return count > 0
    })
    await settle()
    return moved
  }

  /** Steps until nothing moves, at most `limit` times. */
  async rest(limit = 50): Promise<void> {
    for (let i = 0; i < limit; i++) if (!(await this.step())) return
  }

  #move(tx: Tx, task: Task): boolean {
    if (task.NodeID === undefined || this.down.has(task.NodeID)) return false
    if (isTerminal(task.Status.State) || stateRank(task.Status.State) < stateRank('assigned')) return false
    const next = this.#next(task)
    if (next === undefined) return false
    const now = this.clock.now()
    const RunningSince = next === 'running' ? now : task.Internal.RunningSince
    const Status = { ...task.Status, State: next, Timestamp: rfc3339(now), Message: next }
    tx.update('task', { ...task, Status, Internal: { ...task.Internal, ...(RunningSince && { RunningSince }) } })
    return true
  }

  #next(task: Task): TaskState | undefined {
    const { State } = task.Status
    const fate = this.fates.get(task.Spec.ContainerSpec?.Image ?? '') ?? 'runs'
    if (isPast(task.DesiredState, 'complete')) return 'shutdown'
    if (this.killed.delete(task.ID)) return 'failed'
    switch (State) {
      case 'assigned':
        return 'accepted'
      case 'accepted':
        return 'preparing'
      case 'preparing':
        return fate === 'is rejected' ? 'rejected' : 'ready'
      case 'ready':
        return task.DesiredState === 'ready' ? undefined : 'starting'
      case 'starting':
        return fate === 'fails' ? 'failed' : 'running'
      default:
        return fate === 'completes' ? 'complete' : undefined
    }
  }
}
