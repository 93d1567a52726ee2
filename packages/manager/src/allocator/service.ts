import { isDeepStrictEqual } from 'node:util'
import type { Service, ServiceEndpoint, VirtualIP } from '@essaim/api-types'
import type { View } from '../store/index.js'
import type { Addresses } from './addresses.js'
import { isPredefined, networksOf } from './networks-of.js'
import { portsFor } from './ports.js'

/** The endpoint that the service must have, the one that it has where nothing changes; undefined while it cannot be had. */
export function endpointFor(view: View, addresses: Addresses, service: Service): ServiceEndpoint | undefined {
  const networks = networksOf(view, service.Spec)
  const ports = portsFor(view, service)
  if (networks === undefined || ports === undefined) return undefined
  const mode = service.Spec.EndpointSpec?.Mode ?? 'vip'
  const balanced = mode === 'vip' ? networks.map(({ network }) => network).filter((one) => !isPredefined(one)) : []
  const had = service.Endpoint.VirtualIPs ?? []
  const given: VirtualIP[] = []
  for (const network of balanced) {
    const kept = had.find(({ NetworkID }) => NetworkID === network.ID)?.Addr
    const address = kept ?? addresses.take(network)
    if (address === undefined) {
      for (const vip of given) if (!had.includes(vip)) addresses.release(vip.NetworkID, vip.Addr)
      return undefined
    }
    given.push(had.find(({ NetworkID }) => NetworkID === network.ID) ?? { NetworkID: network.ID, Addr: address })
  }
  for (const vip of had) if (!given.includes(vip)) addresses.release(vip.NetworkID, vip.Addr)
  const endpoint: ServiceEndpoint = {
    // As swarmkit leaves it: empty while there is nothing to allocate.
    Spec: ports.length + given.length > 0 ? (service.Spec.EndpointSpec ?? {}) : {},
    ...(ports.length > 0 && { Ports: ports }),
    ...(given.length > 0 && { VirtualIPs: given }),
  }
  return isDeepStrictEqual(endpoint, service.Endpoint) ? service.Endpoint : endpoint
}
