import { isDeepStrictEqual } from 'node:util'
import { isPast, type Task } from '@essaim/api-types'
import type { TaskStatusUpdate } from '@essaim/protocol'
import type { Tx } from '../store/index.js'

/** Stores what a node observed. States only move forward: what is older, or of a task that is not the node's, is dropped. */
export function applyStatus(tx: Tx, nodeId: string, updates: readonly TaskStatusUpdate[]): void {
  for (const update of updates) {
    const task = tx.get('task', update.taskId)
    if (task === undefined || task.NodeID !== nodeId || isPast(task.Status.State, update.status.State)) continue
    const next = observed(task, update)
    if (!isDeepStrictEqual(next, task)) tx.update('task', next)
  }
}

function observed(task: Task, { status, ready }: TaskStatusUpdate): Task {
  const { ContainerStatus, PortStatus } = task.Status
  const startsRunning = status.State === 'running' && task.Internal.RunningSince === undefined
  return {
    ...task,
    Status: { ...(ContainerStatus && { ContainerStatus }), ...(PortStatus && { PortStatus }), ...status },
    Internal: {
      ...task.Internal,
      Ready: ready && status.State === 'running',
      ...(startsRunning && { RunningSince: Date.parse(status.Timestamp) }),
    },
  }
}
