import type { TaskState } from '@essaim/api-types'
import { isPast, isTerminal, stateRank } from '@essaim/api-types'

/** The one thing to do next for a task. */
export type Step =
  | { do: 'nothing' }
  /** Nothing until then (epoch ms), if nothing else changes. */
  | { do: 'wait-until'; time: number }
  /** Only the state moves. */
  | { do: 'move'; to: 'accepted' | 'preparing' | 'starting' }
  | { do: 'prepare' | 'start' | 'watch' | 'stop' }

export interface Situation {
  observed: TaskState
  desired: TaskState
  /** Epoch ms before which the task may not be started. */
  notBefore: number
  now: number
  /** Whether the managers have spoken since this process started. */
  heard: boolean
}

/**
 * Where a task that is ready goes next is the managers' decision; what was begun is finished (swarmkit's `exec.Do`).
 * After a restart nothing is prepared or started before the managers have sent the networks and secrets for it.
 */
export function nextStep({ observed, desired, notBefore, now, heard }: Situation): Step {
  if (isTerminal(observed)) return { do: 'nothing' }
  if (isPast(desired, 'complete')) return { do: 'stop' }
  if (!heard && observed !== 'running') return { do: 'nothing' }
  switch (observed) {
    case 'preparing':
      return { do: 'prepare' }
    case 'starting':
      return { do: 'start' }
    case 'running':
      return { do: 'watch' }
    default:
  }
  if (stateRank(observed) >= stateRank(desired)) return { do: 'nothing' }
  switch (observed) {
    case 'new':
    case 'allocated':
    case 'pending':
    case 'assigned':
      return { do: 'move', to: 'accepted' }
    case 'accepted':
      return { do: 'move', to: 'preparing' }
    case 'ready':
      return notBefore > now ? { do: 'wait-until', time: notBefore } : { do: 'move', to: 'starting' }
    default:
      return { do: 'nothing' }
  }
}
