import type { Service, TaskSpec } from '@essaim/api-types'
import type { View } from '../../store/index.js'
import { withDefaults } from './defaults.js'
import { serviceStatus } from './status.js'

export type ServiceAnswer = Omit<Service, 'Internal'>

/** A service as the API tells of it. */
export function serviceAnswer(
  view: View,
  service: Service,
  options: { insertDefaults?: boolean; status?: boolean } = {},
): ServiceAnswer {
  const { ID, Version, CreatedAt, UpdatedAt, Spec, PreviousSpec, Endpoint, UpdateStatus, JobStatus } = service
  return {
    ID,
    Version,
    CreatedAt,
    UpdatedAt,
    Spec: answerSpec(options.insertDefaults === true ? withDefaults(Spec) : Spec),
    ...(PreviousSpec && { PreviousSpec: answerSpec(PreviousSpec) }),
    Endpoint,
    ...(UpdateStatus && { UpdateStatus }),
    ...(options.status === true && { ServiceStatus: serviceStatus(view, service) }),
    ...(JobStatus && { JobStatus: { ...JobStatus, JobIteration: answerIndex(JobStatus.JobIteration.Index) } }),
  }
}

/** A zero index is left out. */
export const answerIndex = (index = 0): { Index?: number } => (index === 0 ? {} : { Index: index })

const answerSpec = <S extends Service['Spec']>(spec: S): S => ({
  ...spec,
  TaskTemplate: answerTemplate(spec.TaskTemplate),
})

/** Docker writes `Healthcheck` here; the API's specification says `HealthCheck`. */
export function answerTemplate(task: TaskSpec): TaskSpec {
  if (task.ContainerSpec?.HealthCheck === undefined) return task
  const { HealthCheck: Healthcheck, ...container } = task.ContainerSpec
  return { ...task, ContainerSpec: { ...container, Healthcheck } as TaskSpec['ContainerSpec'] & object }
}
