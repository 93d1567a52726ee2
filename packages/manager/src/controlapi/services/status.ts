import type { Service } from '@essaim/api-types'
import type { View } from '../../store/index.js'

/** How many tasks run, should run and have completed, as swarmkit counts them. */
export function serviceStatus(view: View, service: Service): NonNullable<Service['ServiceStatus']> {
  const { Replicated, ReplicatedJob } = service.Spec.Mode ?? {}
  const tasks = view.find('task', 'service', service.ID)
  const iteration = service.JobStatus?.JobIteration.Index ?? 0
  const isCurrent = (index = 0): boolean => service.JobStatus !== undefined && index === iteration
  const wanted = tasks.filter(({ DesiredState, JobIteration, Status }) =>
    service.JobStatus === undefined
      ? DesiredState === 'running'
      : DesiredState === 'complete' && Status.State !== 'complete' && isCurrent(JobIteration?.Index),
  )
  const completed = tasks.filter(
    ({ Status, JobIteration }) => Status.State === 'complete' && isCurrent(JobIteration?.Index),
  )
  return {
    RunningTasks: tasks.filter(({ Status }) => Status.State === 'running').length,
    DesiredTasks: Replicated?.Replicas ?? ReplicatedJob?.MaxConcurrent ?? wanted.length,
    CompletedTasks: completed.length,
  }
}
