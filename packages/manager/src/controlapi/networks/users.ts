import { isPast, type ClusterNetwork, type Task } from '@essaim/api-types'
import type { View } from '../../store/index.js'
import { holdsAddresses, usesIngress } from '../../allocator/index.js'
import { failedPrecondition } from '../refusal.js'

/** Who uses the network, in the words of the refusal to remove it; undefined when nobody does. */
export function usersOf(view: View, network: ClusterNetwork): string | undefined {
  const [service] = view.find('service', 'network', network.ID)
  if (service !== undefined) return `service ${service.ID}`
  const task = view.find('task', 'network', network.ID).find((one) => holdsAddresses(one) && isWanted(view, one))
  return task && `task ${task.ID}`
}

/** A task that is being ended, or whose service is gone, does not hold a network: `stack rm` removes both at once. */
function isWanted(view: View, { ServiceID, DesiredState }: Task): boolean {
  if (isPast(DesiredState, 'running')) return false
  return ServiceID === undefined || view.get('service', ServiceID) !== undefined
}

export function checkUnused(view: View, network: ClusterNetwork): void {
  if (network.Spec.Ingress === true) {
    const service = [...view.all('service')].find(({ Spec }) => usesIngress(Spec))
    if (service === undefined) return
    const message = `ingress network cannot be removed because service ${service.ID} depends on it`
    throw failedPrecondition('network.in-use', message)
  }
  const users = usersOf(view, network)
  if (users !== undefined) {
    throw failedPrecondition('network.in-use', `network ${network.ID} is in use by ${users}`)
  }
}
