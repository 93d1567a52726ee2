import type { EndpointRecord, NetworkRecord } from '../records.js'

/** The network that gives cluster tasks their way out where none of their own networks does. */
export const wayOutName = 'docker_gwbridge'

/** The network where containers ask for names that have no bridge to ask on. */
export const namesNetworkName = 'essaim-names'

/** The networks that a container with these endpoints is on without having asked for them. */
export function hiddenNetworks(networks: NetworkRecord[]): string[] {
  const out =
    !networks.some(leadsOut) && networks.some(({ driver, internal }) => driver === 'overlay' && internal === false)
  const names = networks.some(({ lan }) => lan !== undefined) && !networks.some(hasNameServer)
  return [...(out ? [wayOutName] : []), ...(names ? [namesNetworkName] : [])]
}

/** Whether packets to the outside may go through it. */
export function leadsOut(network: NetworkRecord | undefined): boolean {
  if (network?.lan) return network.lan.leadsOut
  if (!network?.bridge || network.internal) return false
  return network.driver === 'bridge' || network.ingress
}

/** On the default bridge containers find one another by links only; ingress is no network of names. */
export function hasNames(network: NetworkRecord): boolean {
  if (network.hidden || network.name === 'bridge' || network.name === wayOutName || network.ingress) return false
  return network.bridge !== undefined || network.lan !== undefined
}

/** Whether a name server answers on its gateway address. */
export function hasNameServer(network: NetworkRecord): boolean {
  return network.bridge !== undefined && (hasNames(network) || network.name === namesNetworkName)
}

/** Where a container's questions go: the gateway address of the first network with a name server, its own ones first. */
export function nameServerOf(
  endpoints: EndpointRecord[],
  networkOf: (id: string) => NetworkRecord | undefined,
): string | undefined {
  const asked = endpoints.filter(({ networkId }) => {
    const network = networkOf(networkId)
    return network !== undefined && hasNameServer(network)
  })
  return (asked.find(({ hidden }) => !hidden) ?? asked[0])?.link?.gateway
}
