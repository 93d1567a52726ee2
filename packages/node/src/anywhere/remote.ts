import { isKind } from '@essaim/base'
import type { Task } from '@essaim/api-types'
import type { HostCalls, Manager } from '@essaim/manager'

/** The way to containers of tasks on other nodes, where this node is a manager. */
export interface Elsewhere {
  calls: HostCalls
  tasks: Manager['tasks']
}

/** A task's container on another node. */
export interface RemoteContainer {
  task: Task
  nodeId: string
  containerId: string
}

/** Undefined when no task has a container of that name or id, or this node manages nothing. */
export function findElsewhere(elsewhere: Elsewhere | undefined, ref: string): RemoteContainer | undefined {
  const task = elsewhere?.calls.find(ref)
  const containerId = task?.Status.ContainerStatus?.ContainerID
  if (!task || !containerId || task.NodeID === undefined) return undefined
  return { task, nodeId: task.NodeID, containerId }
}

/** `here`, or where this host has nothing of that name, `there`; what is nowhere is refused as it was here. */
export async function hereOr<T>(here: () => Promise<T>, there: () => Promise<T> | undefined): Promise<T> {
  try {
    return await here()
  } catch (error) {
    if (!isKind(error, 'not-found')) throw error
    const answer = there()
    if (!answer) throw error
    return answer
  }
}
