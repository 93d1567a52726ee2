import type { Service } from '@essaim/api-types'
import type { Tx, View } from '../store/contract.js'
import { apply } from './action.js'
import type { Action } from './action.js'
import { belongs, cover, renew } from './global/cover.js'
import { runGlobalJob } from './jobs/global.js'
import { runJob } from './jobs/replicated.js'
import type { Moment } from './loop/pass.js'
import { isGlobal, isJob, modeOf } from './modes.js'
import { scale } from './replicated/scale.js'
import { start } from './restart/start.js'
import { supervise } from './restart/supervise.js'
import { slotAt, slotsOf } from './slots.js'
import type { Slot } from './slots.js'
import { clear } from './stop.js'
import { isLost } from './task.js'
import { update } from './update/updater.js'

/** What was written, and when to look again at what. */
export interface Outcome {
  plan: Action[]
  /** By slot key, and under the service's own id for its update. */
  due: Map<string, number | undefined>
}

/** Ends what is left of a service that is gone. */
export function reconcileRemoved(tx: Tx, serviceId: string, moment: Moment): Outcome {
  const plan = clear({ tasks: [...tx.find('task', 'service', serviceId)] }, 'the service was removed')
  apply(tx, plan, moment.now)
  return { plan, due: new Map([[serviceId, undefined]]) }
}

/** Looks at a whole service: first its tasks one by one, then their number, then what may start, then its update. */
export function reconcileService(tx: Tx, service: Service, moment: Moment): Outcome {
  const outcome: Outcome = { plan: [], due: new Map() }
  let slots = slotsOf(tx, service)
  const write = (actions: readonly Action[]): void => {
    if (actions.length === 0) return
    apply(tx, actions, moment.now)
    outcome.plan.push(...actions)
    slots = slotsOf(tx, service)
  }
  write([...slots.values()].flatMap((slot) => supervise(tx, service, slot, moment)))
  write(fill(tx, service, slots, moment))
  const starting = [...slots].map(([name, slot]) => ({ name, ...start(tx, slot, moment.now) }))
  for (const { name, due } of starting) outcome.due.set(`${service.ID}/${name}`, due)
  write(starting.flatMap(({ actions }) => actions))
  if (!isJob(service)) {
    const { actions, due } = update(tx, service, updatable(tx, service, slots), moment)
    write(actions)
    outcome.due.set(service.ID, due)
  }
  return outcome
}

/**
 * Looks at one slot of a service: enough when a task or its node changed and no update is under way. A node that is
 * back after an update has its task renewed, which is no update.
 */
export function reconcileSlot(tx: Tx, service: Service, key: string, moment: Moment, nodeChanged: boolean): Outcome {
  const outcome: Outcome = { plan: [], due: new Map() }
  const write = (actions: readonly Action[]): void => {
    apply(tx, actions, moment.now)
    outcome.plan.push(...actions)
  }
  const slot = slotAt(tx, key)
  if (slot !== undefined) write(supervise(tx, service, slot, moment))
  if (isGlobal(service)) write(cover(tx, service, key.slice(key.indexOf('/') + 1), slotAt(tx, key), moment))
  if (nodeChanged && isGlobal(service)) write(renew(tx, service, slotAt(tx, key), moment))
  const after = slotAt(tx, key)
  if (after === undefined) return outcome
  const { actions, due } = start(tx, after, moment.now)
  write(actions)
  outcome.due.set(key, due)
  return outcome
}

function fill(view: View, service: Service, slots: ReadonlyMap<string, Slot>, moment: Moment): Action[] {
  const mode = modeOf(service)
  switch (mode.kind) {
    case 'replicated':
      return scale(view, service, mode.replicas, slots, moment)
    case 'global': {
      const nodes = new Set([...view.all('node')].map(({ ID }) => ID).concat([...slots.keys()]))
      return [...nodes].flatMap((nodeId) => cover(view, service, nodeId, slots.get(nodeId), moment))
    }
    case 'replicated-job':
      return runJob(view, service, mode, slots, moment)
    case 'global-job':
      return runGlobalJob(view, service, slots, moment)
  }
}

/** The slots that an update may touch or has: a global service's only where it may place tasks now. */
function updatable(view: View, service: Service, slots: ReadonlyMap<string, Slot>): Slot[] {
  if (!isGlobal(service)) return [...slots.values()].sort((a, b) => numberOf(a) - numberOf(b))
  const id = service.Internal.Update?.ID
  return [...slots].flatMap(([nodeId, slot]) => {
    const node = view.get('node', nodeId)
    const open = node !== undefined && !isLost(node) && node.Spec.Availability === 'active' && belongs(service, node)
    return open || slot.tasks.some(({ Internal }) => Internal.Update !== undefined && Internal.Update === id)
      ? [slot]
      : []
  })
}

const numberOf = ({ place }: Slot): number => ('slot' in place ? place.slot : 0)
