import { isTerminal } from '@essaim/api-types'
import type { Client, ServiceAnswer, TaskAnswer } from '@essaim/client'
import { isDeepStrictEqual } from 'node:util'

/** How far one service has come. */
export interface ServiceProgress {
  id: string
  name: string
  running: number
  desired: number
  /** All tasks are what the spec says and run (a job's: are complete), and no update is under way. */
  converged: boolean
  /** The update stopped for good: paused, or rolled back. */
  halted?: string
  /** What the tasks that are on their way are doing: `2 preparing`. */
  states: string[]
  /** The newest failure of a task, as it was reported. */
  failure?: { task: string; slot: string; error: string }
}

/** One look at the services named by id. */
export async function lookAt(client: Client, ids: string[]): Promise<ServiceProgress[]> {
  if (ids.length === 0) return []
  const [services, tasks] = await Promise.all([
    client.services.list({ filters: { id: ids }, status: true }),
    client.tasks.list({ service: ids }),
  ])
  const byId = new Map(services.map((service) => [service.ID, service]))
  return ids.flatMap((id) => {
    const service = byId.get(id)
    return service
      ? [
          progressOf(
            service,
            tasks.filter((task) => task.ServiceID === id),
          ),
        ]
      : []
  })
}

/** Pure: what the service's and its tasks' states mean. */
export function progressOf(service: ServiceAnswer, tasks: TaskAnswer[]): ServiceProgress {
  const template = service.Spec.TaskTemplate
  const current = tasks.filter((task) => {
    const same = (task.Spec.ForceUpdate ?? 0) === (template.ForceUpdate ?? 0)
    return same && isDeepStrictEqual(task.Spec.ContainerSpec, template.ContainerSpec)
  })
  const job = service.Spec.Mode?.ReplicatedJob ?? service.Spec.Mode?.GlobalJob
  const wanted = current.filter((task) => task.DesiredState === (job ? 'complete' : 'running'))
  const done = wanted.filter((task) => task.Status.State === (job ? 'complete' : 'running')).length
  const desired = wantedOf(service, wanted.length)
  const state = service.UpdateStatus?.State
  const leftovers = tasks.filter((task) => !current.includes(task) && !isTerminal(task.Status.State)).length
  const failure = newestFailure(current)
  const halted = state === 'paused' || state === 'rollback_paused' || state === 'rollback_completed'
  return {
    id: service.ID,
    name: service.Spec.Name,
    running: done,
    desired,
    converged:
      done >= desired &&
      leftovers === 0 &&
      wanted.length === desired &&
      state !== 'updating' &&
      state !== 'rollback_started',
    ...(halted && { halted: `${state.replaceAll('_', ' ')}: ${service.UpdateStatus?.Message ?? ''}` }),
    states: statesOf(wanted),
    ...(failure && { failure }),
  }
}

function wantedOf(service: ServiceAnswer, tasks: number): number {
  const { Replicated, ReplicatedJob } = service.Spec.Mode ?? {}
  if (Replicated) return Replicated.Replicas ?? 1
  if (ReplicatedJob) return ReplicatedJob.TotalCompletions ?? 1
  return service.ServiceStatus?.DesiredTasks ?? tasks
}

function statesOf(tasks: TaskAnswer[]): string[] {
  const counts = new Map<string, number>()
  for (const { Status } of tasks) counts.set(Status.State, (counts.get(Status.State) ?? 0) + 1)
  return [...counts].map(([state, count]) => `${count} ${state}`)
}

function newestFailure(tasks: TaskAnswer[]): ServiceProgress['failure'] {
  const failed = tasks.filter(
    ({ Status }) =>
      Status.Err && (Status.State === 'failed' || Status.State === 'rejected' || Status.State === 'pending'),
  )
  const newest = failed.toSorted((a, b) => (a.Status.Timestamp < b.Status.Timestamp ? 1 : -1))[0]
  if (!newest) return undefined
  const slot = newest.Slot ? String(newest.Slot) : (newest.NodeID ?? '').slice(0, 12)
  return { task: newest.ID, slot, error: (newest.Status.Err ?? '').replaceAll('\n', ' ') }
}
