import type { Service, Task } from '@essaim/api-types'
import type { View } from '../store/contract.js'
import { byAge, isLive } from './task.js'
import type { Place } from './task.js'
import { mayRestart } from './restart/policy.js'

/** All tasks that one place of a service has had and has, the oldest first. */
export interface Slot {
  place: Place
  tasks: Task[]
  /** Those that are meant to be there. */
  live: Task[]
}

/** The slots of a service by number, or by node. */
export function slotsOf(view: View, service: Service): Map<string, Slot> {
  const slots = new Map<string, Task[]>()
  for (const task of view.find('task', 'service', service.ID)) {
    const name = slotName(task)
    const tasks = slots.get(name)
    if (tasks === undefined) slots.set(name, [task])
    else tasks.push(task)
  }
  return new Map([...slots].map(([name, tasks]) => [name, slotFrom(tasks)]))
}

export function slotAt(view: View, key: string): Slot | undefined {
  const tasks = view.find('task', 'slot', key)
  return tasks.length === 0 ? undefined : slotFrom([...tasks])
}

/** The key of the store's index `slot`. */
export function slotKey(task: Task): string {
  return `${task.ServiceID ?? ''}/${slotName(task)}`
}

export function slotName(task: Task): string {
  return String(task.Slot ?? task.NodeID ?? '')
}

/**
 * The tasks by which a slot counts as filled: the live ones, or the newest when it has ended for good. While rolling
 * back, a slot that has ended for good is filled anew, so that the rollback reaches all.
 */
export function filledBy(slot: Slot, service: Service): Task[] {
  if (slot.live.length > 0) return slot.live
  const newest = slot.tasks.at(-1)
  if (newest === undefined || newest.DesiredState === 'remove') return []
  if (service.UpdateStatus?.State === 'rollback_started') return []
  return mayRestart(newest, slot.tasks) ? [] : [newest]
}

function slotFrom(tasks: Task[]): Slot {
  const [first] = tasks.sort(byAge)
  const place: Place = first?.Slot === undefined ? { nodeId: first?.NodeID ?? '' } : { slot: first.Slot }
  return { place, tasks, live: tasks.filter(isLive) }
}
