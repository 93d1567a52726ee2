import type { EndpointSettings, Task } from '@essaim/api-types'

/**
 * A task's networks as a container's, by their ids: names may also be those of networks of this host alone. A network
 * without an address, such as `host`, is a mode of its own.
 */
export function taskNetworks(task: Task): { mode: string; endpoints: Record<string, EndpointSettings> } {
  const attachments = task.NetworksAttachments ?? []
  const own = attachments.find((each) => each.Addresses.length === 0)
  if (own) return { mode: own.Network.Spec.Name, endpoints: {} }
  const endpoints = attachments.map(({ Network: network, Addresses: addresses, Aliases: aliases }) => {
    const address = addresses[0]?.split('/')[0] ?? ''
    const settings: EndpointSettings = {
      NetworkID: network.ID,
      IPAMConfig: { IPv4Address: address },
      ...(aliases !== undefined && { Aliases: aliases }),
    }
    return [network.ID, settings] as const
  })
  return { mode: endpoints[0]?.[0] ?? 'default', endpoints: Object.fromEntries(endpoints) }
}
