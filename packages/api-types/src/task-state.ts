import type { TaskState } from './tasks.js'

/** The order of a task's life. Observed state only moves forward (swarmkit `design/task_model.md`). */
export const taskStates = [
  'new',
  'allocated',
  'pending',
  'assigned',
  'accepted',
  'preparing',
  'ready',
  'starting',
  'running',
  'complete',
  'shutdown',
  'failed',
  'rejected',
  'remove',
  'orphaned',
] as const satisfies readonly TaskState[]

const rank = new Map<string, number>(taskStates.map((state, index) => [state, index]))

export function stateRank(state: TaskState): number {
  return rank.get(state) ?? -1
}

/** Whether `a` comes later in a task's life than `b`. */
export function isPast(a: TaskState, b: TaskState): boolean {
  return stateRank(a) > stateRank(b)
}

/** The task has ended and will not run again. */
export function isTerminal(state: TaskState): boolean {
  return stateRank(state) > stateRank('running')
}
