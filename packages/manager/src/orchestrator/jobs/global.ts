import type { Service } from '@essaim/api-types'
import type { View } from '../../store/contract.js'
import type { Action } from '../action.js'
import { belongs } from '../global/cover.js'
import type { Moment } from '../loop/pass.js'
import type { Slot } from '../slots.js'
import { isLost, newTask } from '../task.js'
import { ofIteration } from './iteration.js'

/** Runs the job once on every node that takes tasks and meets its constraints. */
export function runGlobalJob(view: View, service: Service, slots: ReadonlyMap<string, Slot>, moment: Moment): Action[] {
  const { plan, current } = ofIteration(service, slots)
  const covered = new Set(current.map(({ place }) => ('nodeId' in place ? place.nodeId : '')))
  for (const node of view.all('node')) {
    if (covered.has(node.ID) || isLost(node) || node.Spec.Availability !== 'active') continue
    if (node.Status.State !== 'ready' || !belongs(service, node)) continue
    const wanted = { place: { nodeId: node.ID }, cause: 'service', desired: 'running' } as const
    plan.push({ do: 'create', task: newTask(view, service, wanted, moment), reason: 'the job has not run on the node' })
  }
  return plan
}
