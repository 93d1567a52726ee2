import { isTerminal, type Node, type Task } from '@essaim/api-types'

/** Docker's, in milliseconds, where the service does not say. */
const defaultDelay = 5000

/**
 * Whether the restart policy allows a successor for `task`, which has ended or lost its node. `siblings` are all tasks
 * of its slot: those that were restarted from the same specification are the attempts.
 */
export function mayRestart(task: Task, siblings: readonly Task[]): boolean {
  const { Condition = 'any', MaxAttempts = 0, Window = 0 } = task.Spec.RestartPolicy ?? {}
  const complete = task.Status.State === 'complete'
  switch (Condition) {
    case 'none':
      return false
    case 'on-failure':
      if (complete) return false
      break
    case 'any':
      // A job that is done is done.
      if (complete && task.JobIteration !== undefined) return false
      break
  }
  if (MaxAttempts === 0) return true
  const since = Window === 0 ? '' : new Date(Date.parse(task.Status.Timestamp) - Window / 1e6).toISOString()
  const attempts = siblings.filter(
    ({ CreatedAt, Internal }) =>
      Internal.Cause === 'restart' &&
      Internal.SpecVersion === task.Internal.SpecVersion &&
      CreatedAt > since &&
      CreatedAt <= task.CreatedAt,
  )
  return attempts.length < MaxAttempts
}

/**
 * How long a successor waits, in milliseconds. The delay is there for tasks that fail again and again: what a drained node
 * or one that is gone takes with it moves at once.
 */
export function restartDelay(task: Task, node: Node | undefined): number {
  if (node?.Spec.Availability === 'drain' || task.Status.State === 'orphaned') return 0
  if (!isTerminal(task.Status.State) && node?.Status.State === 'down') return 0
  const delay = task.Spec.RestartPolicy?.Delay
  return delay === undefined ? defaultDelay : delay / 1e6
}
