import type { ContainerStatus, EndpointPortConfig, Task, TaskState } from '@essaim/api-types'
import { isKind, messageOf, nowNano } from '@essaim/base'
import { stateRank } from '@essaim/api-types'

export type Status = Task['Status']

/** What a step found out of the container. */
export interface Found {
  container?: ContainerStatus
  ports?: EndpointPortConfig[]
}

/** The words of swarmkit for each state that an agent brings about. */
const words: Partial<Record<TaskState, string>> = {
  accepted: 'accepted',
  preparing: 'preparing',
  ready: 'prepared',
  starting: 'starting',
  running: 'started',
  complete: 'finished',
  shutdown: 'shutdown',
}

/** The status of a task that has moved on. */
export function moved(before: Status, state: TaskState, found: Found = {}): Status {
  const { Err: _, ...rest } = before
  return { ...rest, State: state, Timestamp: nowNano(), Message: words[state] ?? state, ...fields(before, found) }
}

/** The status after a failure: rejected when it was never started, failed otherwise. */
export function ended(before: Status, error: unknown, found: Found = {}): Status {
  const state = stateRank(before.State) < stateRank('starting') ? 'rejected' : 'failed'
  const exit = error instanceof TaskExit ? { ...found.container, ExitCode: error.exitCode } : found.container
  return {
    ...before,
    State: state,
    Timestamp: nowNano(),
    // swarmkit leaves the message of the last transition, and puts the reason beside it.
    Message: before.Message ?? '',
    Err: messageOf(error),
    ...fields(before, exit === undefined ? found : { ...found, container: exit }),
  }
}

function fields(before: Status, found: Found): Partial<Status> {
  const container = { ...before.ContainerStatus, ...found.container }
  return {
    ...(Object.keys(container).length > 0 && { ContainerStatus: container }),
    ...(found.ports !== undefined && { PortStatus: { Ports: found.ports } }),
  }
}

/** The engine cannot tell now (containerd is away, say): the step is taken again later. */
export function isPassing(error: unknown): boolean {
  return isKind(error, 'unavailable')
}

/** The main process of a task ended with another code than 0. */
export class TaskExit extends Error {
  constructor(
    readonly exitCode: number,
    reason?: string,
  ) {
    super(`task: non-zero exit (${exitCode})${reason === undefined || reason === '' ? '' : `: ${reason}`}`)
  }
}

/** Docker's words for a container whose health check failed. */
export const unhealthy = 'dockerexec: unhealthy container'
