import type { Filters, Service } from '@essaim/api-types'
import type { View } from '../../store/index.js'
import { byId, checkFilters, hasLabels, isOneOf, startsWithOne } from '../filters.js'

/** The services that the filters of `GET /services` let pass. */
export function listServices(view: View, filters: Filters): Service[] {
  checkFilters(filters, ['name', 'id', 'label', 'mode', 'runtime'])
  return byId(view.all('service')).filter(
    ({ ID, Spec }) =>
      startsWithOne(filters, 'id', ID) &&
      startsWithOne(filters, 'name', Spec.Name) &&
      hasLabels(filters, 'label', Spec.Labels) &&
      isOneOf(filters, 'mode', modeName(Spec)) &&
      isOneOf(filters, 'runtime', Spec.TaskTemplate.Runtime),
  )
}

function modeName({ Mode }: Service['Spec']): string {
  if (Mode?.Global !== undefined) return 'global'
  if (Mode?.ReplicatedJob !== undefined) return 'replicated-job'
  if (Mode?.GlobalJob !== undefined) return 'global-job'
  return 'replicated'
}
