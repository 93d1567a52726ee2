import { rfc3339 } from '@essaim/base'
import { isTerminal, stateRank } from '@essaim/api-types'
import type { Cluster, Node, Service, Task, TaskCause, TaskState } from '@essaim/api-types'
import { nodeSatisfies } from '../scheduler/constraints.js'
import type { View } from '../store/contract.js'
import type { Moment } from './loop/pass.js'
import { isJob } from './modes.js'
import { same } from './same.js'

/** One of the places that a service fills: a number, or for global services a node. */
export type Place = { slot: number } | { nodeId: string }

export interface NewTask {
  place: Place
  cause: TaskCause
  /** What it shall reach: `ready` while something before it has to end. */
  desired: 'ready' | 'running'
  /** Epoch milliseconds before which it must not start. */
  notBefore?: number
  update?: string
}

/** A task for `service` as it stands, not yet in the store. */
export function newTask(view: View, service: Service, wanted: NewTask, moment: Moment): Task {
  const spec = service.Spec.TaskTemplate
  const LogDriver = spec.LogDriver ?? clusterOf(view)?.Spec.TaskDefaults?.LogDriver
  const job = isJob(service)
  return {
    ID: moment.newId(),
    Version: { Index: 0 },
    CreatedAt: '',
    UpdatedAt: '',
    Labels: {},
    Spec: LogDriver === spec.LogDriver ? spec : { ...spec, LogDriver },
    ServiceID: service.ID,
    ...('slot' in wanted.place ? { Slot: wanted.place.slot } : { NodeID: wanted.place.nodeId }),
    Status: { State: 'new', Message: 'created', Timestamp: rfc3339(moment.now), PortStatus: {} },
    DesiredState: job && wanted.desired === 'running' ? 'complete' : wanted.desired,
    ...(job && { JobIteration: { Index: service.JobStatus?.JobIteration.Index ?? 0 } }),
    Internal: {
      SpecVersion: service.Internal.SpecVersion,
      ServiceName: service.Spec.Name,
      ServiceLabels: service.Spec.Labels ?? {},
      Ports: service.Endpoint.Ports ?? [],
      NotBefore: wanted.notBefore ?? 0,
      Cause: wanted.cause,
      EndpointSpec: service.Spec.EndpointSpec,
      ...(service.Internal.PullAuth && { PullAuth: service.Internal.PullAuth }),
      ...(wanted.update !== undefined && { Update: wanted.update }),
    },
  }
}

export function clusterOf(view: View): Cluster | undefined {
  const [cluster] = view.all('cluster')
  return cluster
}

/** Meant to be there: to be made ready, to run, or to run to its end. */
export function isLive(task: Task): boolean {
  return stateRank(task.DesiredState) <= stateRank('complete')
}

export function hasEnded(task: Task): boolean {
  return isTerminal(task.Status.State)
}

/** What a job's or a service's task is asked for once it may start. */
export function startedState(task: Task): TaskState {
  return task.JobIteration === undefined ? 'running' : 'complete'
}

/** The node of a task is no place to run: gone, down or drained. */
export function isLost(node: Node | undefined): boolean {
  return node === undefined || node.Status.State === 'down' || node.Spec.Availability === 'drain'
}

/** By creation, the oldest first; in one write, by id. */
export function byAge(a: Task, b: Task): number {
  return a.CreatedAt < b.CreatedAt ? -1 : a.CreatedAt > b.CreatedAt ? 1 : a.ID < b.ID ? -1 : 1
}

/**
 * Whether the task was made from another specification than the service has now. A change of placement alone is none
 * for a task whose node satisfies the new constraints.
 */
export function isOutdated(service: Service, task: Task, node: Node | undefined): boolean {
  if (task.Internal.SpecVersion === service.Internal.SpecVersion) return false
  const { TaskTemplate, EndpointSpec } = service.Spec
  const given = TaskTemplate.LogDriver === undefined ? { ...task.Spec, LogDriver: undefined } : task.Spec
  if (!same(EndpointSpec, task.Internal.EndpointSpec)) return true
  if (same(TaskTemplate, given)) return false
  const placementOnly = same({ ...TaskTemplate, Placement: given.Placement }, given)
  return !(placementOnly && node !== undefined && nodeSatisfies(node, TaskTemplate.Placement?.Constraints))
}
