import type { Service, Task, TaskNetwork } from '@essaim/api-types'
import type { View } from '../store/index.js'
import type { Addresses } from './addresses.js'
import { isPredefined, networksOf } from './networks-of.js'

/** What a new task gets, or the reason why it has to wait. */
export type TaskAllocation = { networks: TaskNetwork[] } | { waits: string }

/** An address on each of the task's networks, all or none. */
export function networksFor(view: View, addresses: Addresses, task: Task, service: Service): TaskAllocation {
  const attachments = networksOf(view, { ...service.Spec, TaskTemplate: task.Spec })
  if (attachments === undefined) return { waits: 'a network of the service does not exist' }
  const networks: TaskNetwork[] = []
  for (const { network, aliases } of attachments) {
    const address = isPredefined(network) ? [] : addresses.take(network)
    if (address === undefined) {
      for (const { Network, Addresses: given } of networks) given.forEach((one) => addresses.release(Network.ID, one))
      const { Name } = network.Spec
      return { waits: `no address is left in network ${Name} (${network.Internal.Subnet})` }
    }
    networks.push({ Network: network, Addresses: [address].flat(), ...(aliases.length > 0 && { Aliases: aliases }) })
  }
  return { networks }
}
