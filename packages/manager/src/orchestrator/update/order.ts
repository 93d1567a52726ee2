import type { Service, Task } from '@essaim/api-types'
import type { View } from '../../store/contract.js'
import type { Action } from '../action.js'
import type { Moment } from '../loop/pass.js'
import type { Slot } from '../slots.js'
import { stop } from '../stop.js'
import { newTask } from '../task.js'
import type { UpdateConfig } from './config.js'

/** How a slot goes from the old specification to the new one. */
export interface Order {
  /** Puts a task of the new specification into a slot that has none. */
  replace(view: View, service: Service, slot: Slot, updateId: string, moment: Moment): Action[]
  /** Whether the old tasks may be stopped, now that `fresh` is there. */
  mayStopOld(fresh: Task): boolean
  /** How long the new task must have run before, in milliseconds. */
  steadyAfter: number
}

const make = (
  desired: 'ready' | 'running',
  ...[view, service, slot, updateId, moment]: Parameters<Order['replace']>
): Action => {
  const wanted = { place: slot.place, cause: 'update', desired, update: updateId } as const
  return { do: 'create', task: newTask(view, service, wanted, moment), reason: 'the update replaces a task' }
}

/** The new task starts when the old one has stopped; it is made ready meanwhile. */
const stopFirst: Order = {
  replace: (...args) => [...stop(args[2].live, 'the update replaces it'), make('ready', ...args)],
  mayStopOld: () => true,
  steadyAfter: 0,
}

/** The old task goes on until the new one runs: for a while the slot holds two, but never more. */
const startFirst: Order = {
  replace: (...args) => {
    const { live } = args[2]
    const kept = live.find(({ Status }) => Status.State === 'running') ?? live[0]
    return [
      ...stop(
        live.filter((task) => task !== kept),
        'the update replaces it',
      ),
      make('running', ...args),
    ]
  },
  mayStopOld: ({ Status }) => Status.State === 'running',
  // A process that cannot do its work mostly ends within moments.
  steadyAfter: 200,
}

export const orders: Record<UpdateConfig['order'], Order> = { 'stop-first': stopFirst, 'start-first': startFirst }
