import type { Service } from '@essaim/api-types'
import type { Action } from '../action.js'
import type { Slot } from '../slots.js'
import { clear } from '../stop.js'

/** The slots that the job's present iteration has used, and a plan that begins with the end of earlier ones. */
export function ofIteration(service: Service, slots: ReadonlyMap<string, Slot>): { plan: Action[]; current: Slot[] } {
  const iteration = service.JobStatus?.JobIteration.Index ?? 0
  const plan: Action[] = []
  const current: Slot[] = []
  for (const slot of slots.values()) {
    const old = slot.tasks.filter(({ JobIteration }) => JobIteration?.Index !== iteration)
    const tasks = slot.tasks.filter(({ JobIteration }) => JobIteration?.Index === iteration)
    plan.push(...clear({ tasks: old }, 'an earlier run of the job'))
    if (tasks.length > 0) current.push({ ...slot, tasks })
  }
  return { plan, current }
}
