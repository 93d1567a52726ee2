import type { Task } from '@essaim/api-types'
import { stateRank } from '@essaim/api-types'
import type { View } from '../../store/contract.js'
import { byAge, clusterOf, hasEnded } from '../task.js'

/** Docker's, where the cluster does not say. */
const defaultLimit = 5

/** What of a slot is to be forgotten. */
export function surplus(view: View, tasks: readonly Task[]): Task[] {
  const done = tasks.filter((task) => isDone(view, task))
  const kept = tasks.filter((task) => !done.includes(task))
  return [...done, ...beyondLimit(view, kept)]
}

/** It was to be removed, and nothing of it is left anywhere. */
function isDone(view: View, task: Task): boolean {
  const { State } = task.Status
  if (State === 'orphaned' && view.get('service', task.ServiceID ?? '') === undefined) return true
  if (task.DesiredState !== 'remove') return false
  return hasEnded(task) || stateRank(State) < stateRank('assigned') || view.get('node', task.NodeID ?? '') === undefined
}

/** The oldest that have ended, beyond the limit. The newest stays: it tells that the slot has ended for good. */
function beyondLimit(view: View, tasks: readonly Task[]): Task[] {
  const limit = limitFor(view, tasks[0])
  if (limit < 0 || tasks.length <= limit) return []
  return [...tasks]
    .sort(byAge)
    .slice(0, -1)
    .filter(hasEnded)
    .slice(0, tasks.length - limit)
}

function limitFor(view: View, task: Task | undefined): number {
  const service = view.get('service', task?.ServiceID ?? '')
  if (service === undefined) return -1
  const attempts = service.Spec.TaskTemplate.RestartPolicy?.MaxAttempts ?? 0
  // The attempts are counted by the tasks that are kept.
  if (attempts > 0) return attempts + 1
  return clusterOf(view)?.Spec.Orchestration?.TaskHistoryRetentionLimit ?? defaultLimit
}
