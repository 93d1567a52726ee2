import type { Service } from '@essaim/api-types'
import type { View } from '../../store/contract.js'
import type { Action } from '../action.js'
import type { Moment } from '../loop/pass.js'
import { filledBy } from '../slots.js'
import type { Slot } from '../slots.js'
import { newTask } from '../task.js'
import { clear } from '../stop.js'
import { inOrderOfWorth } from './order.js'

/** Fills missing slots and empties those too many. */
export function scale(
  view: View,
  service: Service,
  replicas: number,
  slots: ReadonlyMap<string, Slot>,
  moment: Moment,
): Action[] {
  const filled = [...slots.values()].filter((slot) => filledBy(slot, service).length > 0)
  const worth = inOrderOfWorth(filled, service)
  const kept = new Set(worth.slice(0, replicas).map(numberOf))
  const free = freeNumbers(kept, replicas - kept.size)
  const plan: Action[] = free.map((slot) => {
    const wanted = { place: { slot }, cause: 'service', desired: 'running' } as const
    return { do: 'create', task: newTask(view, service, wanted, moment), reason: 'the service lacks a replica' }
  })
  for (const slot of worth.slice(replicas)) plan.push(...clear(slot, 'the service has fewer replicas now'))
  const used = new Set([...filled.map(numberOf), ...free])
  for (const slot of slots.values()) if (!used.has(numberOf(slot))) plan.push(...clear(slot, 'the slot is not used'))
  return plan
}

/** The lowest `count` numbers from 1 that are not taken. */
function freeNumbers(taken: ReadonlySet<number>, count: number): number[] {
  const free: number[] = []
  for (let slot = 1; free.length < count; slot++) if (!taken.has(slot)) free.push(slot)
  return free
}

const numberOf = ({ place }: Slot): number => ('slot' in place ? place.slot : 0)
