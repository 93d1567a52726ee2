import type { Service } from '@essaim/api-types'
import type { View } from '../../store/contract.js'
import type { Action } from '../action.js'
import type { Moment } from '../loop/pass.js'
import type { Slot } from '../slots.js'
import { stop } from '../stop.js'
import { isRollback, updateConfigOf } from './config.js'
import type { UpdateConfig } from './config.js'
import { failureRatio } from './judge.js'
import type { Judge } from './judge.js'
import { orders } from './order.js'
import { isDirty, isFailure, isUnderWay, progressOf, settledAt } from './progress.js'
import type { SlotProgress } from './progress.js'
import { begun, completed, paused, rolledBack, withFailures } from './status.js'

/** What an update does now, and when to look again. */
export interface UpdatePlan {
  actions: Action[]
  due: number | undefined
}

const nothing: UpdatePlan = { actions: [], due: undefined }

/**
 * One step of a rolling update. All that it knows stands in the store: the service's UpdateStatus and
 * Internal.Update, and the tasks that the update made, which carry its mark.
 */
export function update(
  view: View,
  service: Service,
  slots: Iterable<Slot>,
  moment: Moment,
  judge: Judge = failureRatio,
): UpdatePlan {
  const state = service.UpdateStatus?.State
  if (state === 'paused' || state === 'rollback_paused') return nothing
  const progress = progressOf(view, service, slots)
  const dirty = progress.filter(isDirty)
  const finished = state === 'completed' || state === 'rollback_completed'
  if (finished || (state === undefined && dirty.length === 0)) return tidy(service, dirty, moment.now)
  if (service.Internal.Update === undefined) {
    const actions: Action[] = [{ do: 'service', service: begun(service, dirty.length, moment), reason: 'an update' }]
    return { actions, due: undefined }
  }
  return judged(service, progress, judge) ?? advance(view, service, service.Internal.Update.ID, progress, moment)
}

/** Notes new failures; undefined when the update goes on and nothing failed newly. */
function judged(service: Service, progress: readonly SlotProgress[], judge: Judge): UpdatePlan | undefined {
  const config = updateConfigOf(service)
  const { Failed: known = [], Slots: total = 0 } = service.Internal.Update ?? {}
  const fresh = progress
    .flatMap(({ made }) => (made !== undefined && isFailure(made, config) ? made.ID : []))
    .filter((id) => !known.includes(id))
  for (const [index, taskId] of fresh.entries()) {
    const failures = known.length + index + 1
    const verdict = judge({ config, rollback: isRollback(service), slots: total, failures })
    if (verdict === 'go-on') continue
    const after = verdict === 'rollback' ? rolledBack(service, taskId) : undefined
    const reason = verdict === 'rollback' ? 'the update is rolled back' : 'the update is paused'
    return { actions: [{ do: 'service', service: after ?? paused(service, taskId), reason }], due: undefined }
  }
  if (fresh.length === 0) return undefined
  const reason = 'the update counts a failure'
  return { actions: [{ do: 'service', service: withFailures(service, fresh), reason }], due: undefined }
}

function advance(
  view: View,
  service: Service,
  updateId: string,
  progress: readonly SlotProgress[],
  moment: Moment,
): UpdatePlan {
  const config = updateConfigOf(service)
  const { actions, due: tidied } = tidy(service, progress, moment.now)
  const waiting = progress.filter((slot) => isDirty(slot) && slot.fresh.length === 0 && slot.made === undefined)
  const busyUntil = progress.map((slot) => busy(slot, config, moment.now)).filter((time) => time !== undefined)
  const free = Math.max(0, config.parallelism - busyUntil.length)
  for (const { slot } of waiting.slice(0, free)) {
    actions.push(...orders[config.order].replace(view, service, slot, updateId, moment))
  }
  if (waiting.length > 0) {
    return { actions, due: earlier(tidied, waiting.length > free ? Math.min(...busyUntil) : undefined) }
  }
  if (progress.some(isUnderWay)) return { actions, due: tidied }
  const end = monitoredUntil(progress, config)
  if (end > moment.now) return { actions, due: earlier(tidied, end) }
  actions.push({ do: 'service', service: completed(service, moment.now), reason: 'the update is complete' })
  return { actions, due: tidied }
}

/** Until when a slot takes one of the update's hands: for ever while its task comes up, then for the delay. */
function busy(slot: SlotProgress, { delay, order }: UpdateConfig, now: number): number | undefined {
  if (isUnderWay(slot)) return Infinity
  const until = slot.made === undefined ? 0 : settledAt(slot.made) + Math.max(delay, orders[order].steadyAfter)
  return until > now ? until : undefined
}

function monitoredUntil(progress: readonly SlotProgress[], { monitor }: UpdateConfig): number {
  return Math.max(0, ...progress.map(({ made }) => (made === undefined ? 0 : settledAt(made) + monitor)))
}

/** Where old and new stand in one slot, the old go as soon as the order allows it; of two new ones, the younger. */
function tidy(service: Service, progress: readonly SlotProgress[], now: number): UpdatePlan {
  const order = orders[updateConfigOf(service).order]
  const plan: UpdatePlan = { actions: [], due: undefined }
  for (const { fresh, old } of progress) {
    const keep = fresh.find(({ Status }) => Status.State === 'running') ?? fresh[0]
    const others = [...old, ...fresh].filter((task) => task !== keep)
    if (keep === undefined || others.length === 0 || !order.mayStopOld(keep)) continue
    const time = order.steadyAfter === 0 ? 0 : settledAt(keep) + order.steadyAfter
    if (time <= now) plan.actions.push(...stop(others, 'the slot has its new task'))
    else plan.due = earlier(plan.due, time)
  }
  return plan
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  const time = Math.min(a ?? Infinity, b ?? Infinity)
  return Number.isFinite(time) ? time : undefined
}
