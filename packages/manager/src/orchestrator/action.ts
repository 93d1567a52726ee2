import { rfc3339 } from '@essaim/base'
import { stateRank } from '@essaim/api-types'
import type { Service, Task, TaskState } from '@essaim/api-types'
import type { Tx } from '../store/contract.js'

/** One step of a plan, with its reason. A plan is a value: it can be shown instead of applied. */
export type Action =
  | { do: 'create'; task: Task; reason: string }
  | { do: 'desire'; taskId: string; state: TaskState; reason: string }
  | { do: 'reject'; taskId: string; message: string; error: string; reason: string }
  | { do: 'forget'; taskId: string; reason: string }
  | { do: 'service'; service: Service; reason: string }

/** Writes a plan. What has gone on meanwhile is left alone: desired states never go back. */
export function apply(tx: Tx, plan: readonly Action[], now: number): void {
  for (const action of plan) step(tx, action, now)
}

function step(tx: Tx, action: Action, now: number): void {
  switch (action.do) {
    case 'create':
      tx.create('task', action.task)
      break
    case 'desire': {
      const task = tx.get('task', action.taskId)
      if (task !== undefined && stateRank(task.DesiredState) < stateRank(action.state)) {
        tx.update('task', { ...task, DesiredState: action.state })
      }
      break
    }
    case 'reject': {
      const task = tx.get('task', action.taskId)
      const { message: Message, error: Err } = action
      if (task === undefined) break
      const Status = { ...task.Status, State: 'rejected', Message, Err, Timestamp: rfc3339(now) } as const
      tx.update('task', { ...task, Status })
      break
    }
    case 'forget':
      tx.remove('task', action.taskId)
      break
    case 'service':
      tx.update('service', action.service)
      break
  }
}

/** The plan in one sentence for the journal: its reasons, each with how often it stands. */
export function summary(plan: readonly Action[]): string | undefined {
  if (plan.length === 0) return undefined
  const counts = new Map<string, number>()
  for (const { reason } of plan) counts.set(reason, (counts.get(reason) ?? 0) + 1)
  return [...counts].map(([reason, count]) => (count === 1 ? reason : `${reason} (${count} times)`)).join('; ')
}
