import { invalid } from '@essaim/base'
import type { ClusterNetwork, Filters } from '@essaim/api-types'
import type { View } from '../../store/index.js'
import { checkFilters, hasLabels, isOneOf, valuesOf } from '../filters.js'
import { usersOf } from './users.js'

/** The cluster's networks that the filters of `GET /networks` let pass. */
export function matchNetworks(view: View, networks: ClusterNetwork[], filters: Filters): ClusterNetwork[] {
  checkFilters(filters, ['driver', 'type', 'name', 'id', 'label', 'scope', 'dangling'])
  for (const type of valuesOf(filters, 'type') ?? []) {
    if (type !== 'custom' && type !== 'builtin') throw invalid('filter.value', `invalid filter: 'type'='${type}'`)
  }
  const dangling = valuesOf(filters, 'dangling')?.[0]
  return networks.filter(
    (network) =>
      isOneOf(filters, 'driver', network.Spec.DriverConfiguration?.Name ?? 'overlay') &&
      isOneOf(filters, 'scope', 'swarm') &&
      isOneOf(filters, 'type', 'custom') &&
      includesOne(filters, 'name', network.Spec.Name) &&
      includesOne(filters, 'id', network.ID) &&
      hasLabels(filters, 'label', network.Spec.Labels) &&
      (dangling === undefined || isTrue(dangling) === isUnused(view, network)),
  )
}

/** Part of the text, as Docker matches names and ids of networks. */
function includesOne(filters: Filters, name: string, text: string): boolean {
  const values = valuesOf(filters, name)
  return values === undefined || values.some((value) => text.includes(value))
}

const isTrue = (value: string): boolean => value === 'true' || value === '1'

const isUnused = (view: View, network: ClusterNetwork): boolean =>
  network.Spec.Ingress !== true && usersOf(view, network) === undefined
