import type { Service } from '@essaim/api-types'
import type { View } from '../../store/contract.js'
import type { Action } from '../action.js'
import type { Moment } from '../loop/pass.js'
import type { Slot } from '../slots.js'
import { hasEnded, isLive, newTask } from '../task.js'
import { ofIteration } from './iteration.js'

/**
 * Starts what a job still lacks: never more than `concurrent` at a time, never more than it takes to have `completions`
 * of this iteration. Slots are numbered from 0; what is left of earlier iterations is stopped and removed.
 */
export function runJob(
  view: View,
  service: Service,
  { concurrent, completions }: { concurrent: number; completions: number },
  slots: ReadonlyMap<string, Slot>,
  moment: Moment,
): Action[] {
  const { plan, current } = ofIteration(service, slots)
  const taken = new Set(current.map(({ place }) => ('slot' in place ? place.slot : 0)))
  const underWay = current.filter(({ tasks }) => tasks.some((task) => isLive(task) && !hasEnded(task))).length
  const missing = Math.min(concurrent - underWay, completions - current.length)
  for (let slot = 0, made = 0; made < missing; slot++) {
    if (taken.has(slot)) continue
    const wanted = { place: { slot }, cause: 'service', desired: 'running' } as const
    plan.push({ do: 'create', task: newTask(view, service, wanted, moment), reason: 'the job lacks a completion' })
    made++
  }
  return plan
}
