import type { Node, Service } from '@essaim/api-types'
import { nodeSatisfies } from '../../scheduler/constraints.js'
import type { View } from '../../store/contract.js'
import type { Action } from '../action.js'
import type { Moment } from '../loop/pass.js'
import { filledBy } from '../slots.js'
import type { Slot } from '../slots.js'
import { stop } from '../stop.js'
import { isLost, isOutdated, newTask } from '../task.js'

/** Sees to one node of a global service: a task where it belongs, none where it does not. */
export function cover(view: View, service: Service, nodeId: string, slot: Slot | undefined, moment: Moment): Action[] {
  const node = view.get('node', nodeId)
  const live = slot?.live ?? []
  if (node === undefined || isLost(node)) return stop(live, 'its node is lost')
  if (!belongs(service, node)) return stop(live, 'its node does not meet the constraints')
  // A paused node keeps what it has and gets nothing new.
  if (node.Spec.Availability === 'pause') return []
  if (slot !== undefined && filledBy(slot, service).length > 0) return []
  const wanted = { place: { nodeId }, cause: 'service', desired: 'running' } as const
  return [
    { do: 'create', task: newTask(view, service, wanted, moment), reason: 'the service lacks a task on the node' },
  ]
}

/** Replaces what an update left on a node that was paused then. */
export function renew(view: View, service: Service, slot: Slot | undefined, moment: Moment): Action[] {
  const state = service.UpdateStatus?.State
  if (slot === undefined || state === 'paused' || state === 'rollback_paused') return []
  const node = view.get('node', 'nodeId' in slot.place ? slot.place.nodeId : '')
  if (node?.Spec.Availability !== 'active' || !slot.live.some((task) => isOutdated(service, task, node))) return []
  const wanted = { place: slot.place, cause: 'update', desired: 'ready' } as const
  const reason = 'the node missed an update'
  return [...stop(slot.live, reason), { do: 'create', task: newTask(view, service, wanted, moment), reason }]
}

export function belongs(service: Service, node: Node): boolean {
  return nodeSatisfies(node, service.Spec.TaskTemplate.Placement?.Constraints)
}
