import type { Node, Service, Task } from '@essaim/api-types'
import { nodeSatisfies } from '../../scheduler/constraints.js'
import type { View } from '../../store/contract.js'
import type { Action } from '../action.js'
import type { Moment } from '../loop/pass.js'
import { isGlobal } from '../modes.js'
import type { Slot } from '../slots.js'
import { hasEnded, isLost, newTask } from '../task.js'
import { mayRestart, restartDelay } from './policy.js'

/**
 * Replaces the live tasks of a slot that have ended or whose node is lost. A successor that may not start at once
 * (the restart's delay, or the old task still runs) is made ready meanwhile.
 */
export function supervise(view: View, service: Service, slot: Slot, moment: Moment): Action[] {
  return slot.live.flatMap((task) => {
    if (!hasEnded(task) && (task.NodeID === undefined || !isLost(view.get('node', task.NodeID)))) return []
    // A replacement that failed before it was started waits for its turn all the same: no tight loop of restarts.
    if (task.DesiredState === 'ready' && hasEnded(task) && task.Internal.NotBefore > moment.now) return []
    if (task.JobIteration !== undefined && task.Status.State === 'complete') return []
    return replace(view, service, slot, task, moment)
  })
}

function replace(view: View, service: Service, slot: Slot, task: Task, moment: Moment): Action[] {
  const node = view.get('node', task.NodeID ?? '')
  const why = hasEnded(task) ? `the task ended as ${task.Status.State}` : 'its node is lost'
  const stop: Action = { do: 'desire', taskId: task.ID, state: 'shutdown', reason: why }
  const stays = isGlobal(service) && (node === undefined || isLost(node) || !takesGlobal(service, node))
  if (stays || !mayRestart(task, slot.tasks)) return [stop]
  const delay = restartDelay(task, node)
  const mustWait = !hasEnded(task) && node !== undefined && node.Status.State !== 'down'
  const wanted = {
    place: slot.place,
    cause: 'restart',
    desired: delay === 0 && !mustWait ? 'running' : 'ready',
    notBefore: delay === 0 ? 0 : moment.now + delay,
  } as const
  return [stop, { do: 'create', task: newTask(view, service, wanted, moment), reason: `restart: ${why}` }]
}

/** A global service gets no successor on a node that is paused, or that it does not want any longer. */
function takesGlobal(service: Service, node: Node): boolean {
  const paused = node.Spec.Availability === 'pause'
  return !paused && nodeSatisfies(node, service.Spec.TaskTemplate.Placement?.Constraints)
}
