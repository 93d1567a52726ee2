import { taskStates, type Filters, type LogsOptions, type LogStream, type Task } from '@essaim/api-types'
import { isOutdated } from '../../orchestrator/task.js'
import type { Store, View } from '../../store/index.js'
import { byId, checkedValues, checkFilters, hasLabels, isOneOf, startsWithOne, valuesOf } from '../filters.js'
import { resolve } from '../resolve.js'
import type { LogSource } from '../services/services.js'
import { settled } from '../settled.js'
import { taskAnswer, type TaskAnswer } from './answer.js'

export class Tasks {
  constructor(
    private readonly store: Store,
    private readonly broker: LogSource,
  ) {}

  list(filters: Filters): Promise<TaskAnswer[]> {
    return settled(() => {
      checkFilters(filters, ['name', 'id', 'label', 'service', 'node', 'desired-state', '_up-to-date', 'runtime'])
      const view = this.store.view()
      const wanted = withIds(view, filters)
      checkedValues(filters, 'desired-state', taskStates)
      return byId(candidates(view, wanted))
        .filter((task) => matches(task, wanted) && (!valuesOf(wanted, '_up-to-date') || isUpToDate(view, task)))
        .map(taskAnswer)
    })
  }

  inspect(ref: string): Promise<TaskAnswer> {
    return settled(() => taskAnswer(resolve(this.store.view(), 'task', ref)))
  }

  async logs(ref: string, options: LogsOptions, signal: AbortSignal): Promise<LogStream> {
    const task = resolve(this.store.view(), 'task', ref)
    return this.broker.logs({ taskId: task.ID }, options, signal)
  }
}

/** Services and nodes may be given by name; one that does not exist is refused. */
function withIds(view: View, filters: Filters): Filters {
  const service = valuesOf(filters, 'service')?.map((ref) => resolve(view, 'service', ref).ID)
  const node = valuesOf(filters, 'node')?.map((ref) => resolve(view, 'node', ref).ID)
  return { ...filters, ...(service && { service }), ...(node && { node }) }
}

function candidates(view: View, filters: Filters): Iterable<Task> {
  const services = valuesOf(filters, 'service')
  return services === undefined ? view.all('task') : services.flatMap((id) => view.find('task', 'service', id))
}

function matches(task: Task, filters: Filters): boolean {
  // Attachments of single containers to a network are tasks only inside.
  if (task.Spec.NetworkAttachmentSpec !== undefined) return false
  return (
    startsWithOne(filters, 'id', task.ID) &&
    startsWithOne(filters, 'name', task.Internal.ServiceName) &&
    hasLabels(filters, 'label', task.Internal.ServiceLabels) &&
    isOneOf(filters, 'node', task.NodeID) &&
    isOneOf(filters, 'desired-state', task.DesiredState) &&
    isOneOf(filters, 'runtime', 'container')
  )
}

/** Made from its service's present specification; of a job, in its present run. Clients that follow an update ask so. */
function isUpToDate(view: View, task: Task): boolean {
  const service = view.get('service', task.ServiceID ?? '')
  if (service === undefined) return false
  if (task.JobIteration !== undefined) return task.JobIteration.Index === (service.JobStatus?.JobIteration.Index ?? 0)
  return !isOutdated(service, task, view.get('node', task.NodeID ?? ''))
}
