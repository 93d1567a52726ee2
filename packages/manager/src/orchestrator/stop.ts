import { stateRank } from '@essaim/api-types'
import type { Task } from '@essaim/api-types'
import type { Action } from './action.js'
import type { Slot } from './slots.js'

/** Ends all tasks of a slot and lets the reaper forget them once they have ended. */
export function clear({ tasks }: Pick<Slot, 'tasks'>, reason: string): Action[] {
  return tasks
    .filter((task) => stateRank(task.DesiredState) < stateRank('remove'))
    .map(({ ID }) => ({ do: 'desire', taskId: ID, state: 'remove', reason }))
}

/** Ends tasks and keeps them as history. */
export function stop(tasks: readonly Task[], reason: string): Action[] {
  return tasks
    .filter((task) => stateRank(task.DesiredState) < stateRank('shutdown'))
    .map(({ ID }) => ({ do: 'desire', taskId: ID, state: 'shutdown', reason }))
}
