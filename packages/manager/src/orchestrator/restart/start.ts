import { isTerminal } from '@essaim/api-types'
import type { Task } from '@essaim/api-types'
import type { View } from '../../store/contract.js'
import type { Action } from '../action.js'
import type { Slot } from '../slots.js'
import { hasEnded, isLive, startedState } from '../task.js'

/** How long a successor waits at least for the old task's end, in milliseconds. */
const stopTimeout = 60_000

/** What of a slot may start now, and when to look again. */
export interface Starts {
  actions: Action[]
  due: number | undefined
}

/** Lets tasks that are held ready start once their delay is over and the tasks that they replace have stopped. */
export function start(view: View, slot: Slot, now: number): Starts {
  const starts: Starts = { actions: [], due: undefined }
  for (const task of slot.live) {
    if (task.DesiredState !== 'ready') continue
    const time = startTime(view, slot, task)
    if (hasEnded(task)) {
      if (task.Internal.NotBefore > now) starts.due = earlier(starts.due, task.Internal.NotBefore)
    } else if (time <= now) {
      const reason = 'what it waited for is over'
      starts.actions.push({ do: 'desire', taskId: task.ID, state: startedState(task), reason })
    } else {
      starts.due = earlier(starts.due, time)
    }
  }
  return starts
}

function startTime(view: View, slot: Slot, task: Task): number {
  const { NotBefore } = task.Internal
  const stopping = slot.tasks.filter((other) => !isLive(other) && stillRuns(view, other))
  if (stopping.length === 0) return NotBefore
  const grace = Math.max(...stopping.map(({ Spec }) => (Spec.ContainerSpec?.StopGracePeriod ?? 0) / 1e6))
  return Math.max(NotBefore, Date.parse(task.CreatedAt) + Math.max(stopTimeout, grace + 10_000))
}

/** It may hold what its successor needs. On a node that is down or gone nobody can tell, and it is not waited for. */
function stillRuns(view: View, task: Task): boolean {
  if (isTerminal(task.Status.State) || task.NodeID === undefined) return false
  const node = view.get('node', task.NodeID)
  return node !== undefined && node.Status.State !== 'down'
}

const earlier = (a: number | undefined, b: number): number => (a === undefined ? b : Math.min(a, b))
