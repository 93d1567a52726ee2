import type { Task } from '@essaim/api-types'

/** What a task's container is marked with, so that it is found again after a restart (Docker's own labels). */
export const taskLabel = 'com.docker.swarm.task.id'

/** `<service>.<slot>.<task>`; the node's id stands for the slot of a global service. */
export function taskName(task: Task): string {
  const service = task.Internal.ServiceName
  return service === '' ? task.ID : `${service}.${slotOf(task)}.${task.ID}`
}

export function slotOf(task: Task): string {
  return task.Slot === undefined || task.Slot === 0 ? (task.NodeID ?? '') : String(task.Slot)
}

export function taskLabels(task: Task): Record<string, string> {
  return {
    ...task.Spec.ContainerSpec?.Labels,
    'com.docker.swarm.task': '',
    [taskLabel]: task.ID,
    'com.docker.swarm.task.name': taskName(task),
    'com.docker.swarm.node.id': task.NodeID ?? '',
    'com.docker.swarm.service.id': task.ServiceID ?? '',
    'com.docker.swarm.service.name': task.Internal.ServiceName,
  }
}
