import type { Service, Task } from '@essaim/api-types'
import { stateRank } from '@essaim/api-types'
import type { View } from '../../store/contract.js'
import type { Slot } from '../slots.js'
import { filledBy } from '../slots.js'
import { hasEnded, isLive, isOutdated } from '../task.js'
import type { UpdateConfig } from './config.js'

/** One slot in the eyes of an update. */
export interface SlotProgress {
  slot: Slot
  /** Of the new specification and meant to be there. */
  fresh: Task[]
  /** Of an old one and meant to be there, or the last that a slot had. */
  old: Task[]
  /** The task that this update made for the slot, if it has got to it. */
  made: Task | undefined
}

export function progressOf(view: View, service: Service, slots: Iterable<Slot>): SlotProgress[] {
  const id = service.Internal.Update?.ID
  const progress: SlotProgress[] = []
  for (const slot of slots) {
    const filling = filledBy(slot, service)
    const outdated = (task: Task): boolean => isOutdated(service, task, view.get('node', task.NodeID ?? ''))
    const old = filling.filter(outdated)
    const made = slot.tasks.find(({ Internal }) => id !== undefined && Internal.Update === id)
    if (filling.length === 0 && made === undefined) continue
    progress.push({ slot, fresh: filling.filter((task) => !old.includes(task)), old, made })
  }
  return progress
}

/** The slot is not as the new specification wants it. */
export function isDirty({ fresh, old }: SlotProgress): boolean {
  return old.length > 0 || fresh.length > 1
}

/** The update waits for the task that it made: it neither runs nor has ended, nor was it given up with its node. */
export function isUnderWay({ made }: SlotProgress): boolean {
  return made !== undefined && isLive(made) && stateRank(made.Status.State) < stateRank('running')
}

/** When a task that runs, has ended or was given up came to that, in milliseconds. */
export function settledAt(task: Task): number {
  return task.Internal.RunningSince ?? Date.parse(task.Status.Timestamp)
}

/** It ended by itself before it had run for the monitoring time. What we stopped ourselves is no failure. */
export function isFailure(made: Task, { monitor }: UpdateConfig): boolean {
  if (!hasEnded(made) || made.DesiredState === 'remove') return false
  if (made.Status.State === 'shutdown' || made.Status.State === 'remove') return false
  const since = made.Internal.RunningSince
  return since === undefined || Date.parse(made.Status.Timestamp) - since <= monitor
}
