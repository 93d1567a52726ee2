import type { EndpointSettings } from '@essaim/api-types'
import { invalid, notFound, shortId, type Ids } from '@essaim/base'
import type { SandboxRequest } from '../contract.js'
import { canonical, macOf, parseSubnet } from '../ipam/address.js'
import { freeAddress, wantedAddress, type Pool } from '../ipam/pools.js'
import { parsePorts } from '../ports/bindings.js'
import {
  addressesOf,
  segmentOf,
  type EndpointRecord,
  type Link,
  type NetworkRecord,
  type SandboxRecord,
} from '../records.js'
import { hiddenNetworks, leadsOut } from './hidden.js'

/** What planning looks at. */
export interface View {
  find(ref: string): NetworkRecord | undefined
  addressesOf(networkId: string): ReadonlySet<string>
  ids: Ids
}

/** Decides all of a container's network side, and nothing else. Throws Docker's messages. */
export function planSandbox(request: SandboxRequest, view: View): SandboxRecord {
  const mode = request.networkMode === 'host' ? 'host' : request.networkMode === 'none' ? 'none' : 'own'
  const { wishes, exposed } = parsePorts(request.portBindings, request.exposedPorts, request.publishAllPorts)
  const record: SandboxRecord = {
    containerId: request.containerId,
    name: request.containerName,
    hostname: request.hostname,
    ...(request.domainname && { domainname: request.domainname }),
    id: view.ids.hex64(),
    mode,
    endpoints: [],
    ports: [],
    wishes: mode === 'own' ? wishes : [],
    exposed: mode === 'own' ? exposed : [],
    dns: request.dns,
    extraHosts: request.extraHosts,
  }
  if (mode !== 'own') {
    const settings = request.endpoints[mode] ?? {}
    record.endpoints.push(planEndpoint(record, existing(mode, view), settings, view))
    return record
  }
  for (const [ref, settings] of wantedNetworks(request)) {
    record.endpoints.push(planEndpoint(record, existing(ref, view), settings, view))
  }
  return withWayOut(record, view)
}

/** The network of the mode first, then the others by name. */
export function wantedNetworks(request: SandboxRequest): [string, EndpointSettings][] {
  const first = normal(request.networkMode)
  const endpoints = new Map(Object.entries(request.endpoints).map(([ref, settings]) => [normal(ref), settings]))
  // A container that was disconnected from all its networks has none left to begin with.
  const names = [...endpoints.keys()].sort()
  const ordered = names.includes(first) ? [first, ...names.filter((name) => name !== first)] : names
  return (endpoints.size === 0 ? [first] : ordered).map((ref) => [ref, endpoints.get(ref) ?? {}])
}

const normal = (ref: string): string => (ref === 'default' || ref === '' ? 'bridge' : ref)

export function existing(ref: string, view: View): NetworkRecord {
  const network = view.find(ref)
  if (!network) throw notFound('network.unknown', `network ${ref} not found`)
  return network
}

/** One more interface for `sandbox`, on the next free name. */
export function planEndpoint(
  sandbox: SandboxRecord,
  network: NetworkRecord,
  settings: EndpointSettings,
  view: View,
  hidden = false,
): EndpointRecord {
  const endpoint: EndpointRecord = {
    id: view.ids.hex64(),
    networkId: network.id,
    networkName: network.name,
    settings: { ...settings },
    hidden,
  }
  const segment = segmentOf(network)
  if (!segment) return endpoint
  const fixed = settings.IPAMConfig?.IPv4Address ?? ''
  const fixed6 = settings.IPAMConfig?.IPv6Address ?? ''
  if (fixed !== '') refuseFixed(network, fixed)
  if (fixed6 !== '') refuseFixed6(network, fixed6)
  if (network.name === 'bridge' && (settings.Aliases ?? []).length > 0) {
    throw invalid('network.alias', 'network-scoped alias is supported only for containers in user defined networks')
  }
  const taken = view.addressesOf(network.id)
  const own = sandbox.endpoints.flatMap((one) =>
    one.networkId === network.id && one.link ? addressesOf(one.link) : [],
  )
  const all = new Set([...taken, ...own])
  const addressFrom = (pool: Pool, wanted: string): string =>
    wanted === '' ? freeAddress(pool, all, network.name) : wantedAddress(pool, all, wanted)
  const { pool, pool6 } = segment
  const address = addressFrom(pool, fixed)
  const used = new Set(sandbox.endpoints.map((one) => one.link?.name))
  const prefix = network.bridge?.interfacePrefix ?? 'eth'
  let index = 0
  while (used.has(`${prefix}${index}`)) index++
  const asked = settings.MacAddress ?? ''
  endpoint.link = {
    device: network.bridge ? `veth${shortId(view.ids.hex64()).slice(0, 9)}` : '',
    name: `${prefix}${index}`,
    address,
    prefix: prefixOf(pool),
    mac: network.lan?.kind === 'ipvlan' ? '' : asked === '' ? macOf(address) : asked,
    gateway: gatewayOf(network, pool),
    ...(pool6 && {
      ipv6: { address: addressFrom(pool6, fixed6), prefix: prefixOf(pool6), gateway: gatewayOf(network, pool6) },
    }),
    ...linkLocalOf(settings),
  }
  return endpoint
}

/** Of an ipvlan network on the third layer the host's own routes are the gateway. */
const gatewayOf = ({ lan }: NetworkRecord, pool: Pool): string =>
  lan?.kind === 'ipvlan' && lan.mode !== 'l2' ? '' : pool.gateway

const prefixOf = (pool: Pool): number => parseSubnet(pool.subnet)?.prefix ?? 32

function linkLocalOf({ IPAMConfig: { LinkLocalIPs: asked = [] } = {} }: EndpointSettings): Pick<Link, 'linkLocal'> {
  if (asked.length === 0) return {}
  return {
    linkLocal: asked.map((text) => {
      const address = canonical(text)
      if (address === undefined) throw invalid('network.link-local', `invalid link-local IP address: ${text}`)
      return address
    }),
  }
}

function refuseFixed(network: NetworkRecord, address: string): void {
  if (network.name === 'bridge') {
    throw invalid('network.fixed-address', 'user specified IP address is supported on user defined networks only')
  }
  if (network.driver !== 'overlay' && segmentOf(network)?.userSubnet !== true) {
    throw invalid(
      'network.fixed-address',
      'user specified IP address is supported only when connecting to networks with user configured subnets',
      { hint: `Create ${network.name} with --subnet to use ${address}.` },
    )
  }
}

function refuseFixed6(network: NetworkRecord, address: string): void {
  if (network.name !== 'bridge' && segmentOf(network)?.pool6) return refuseFixed(network, address)
  throw invalid(
    'network.fixed-address',
    network.name === 'bridge'
      ? 'user specified IP address is supported on user defined networks only'
      : 'user specified IP address is supported only when connecting to networks with user configured subnets',
    { hint: `Create ${network.name} with --ipv6 and --subnet to use ${address}.` },
  )
}

/** Adds and takes away the interfaces that nobody asked for, and picks the default routes. */
export function withWayOut(record: SandboxRecord, view: View): SandboxRecord {
  const networkOf = (endpoint: EndpointRecord): NetworkRecord | undefined => view.find(endpoint.networkId)
  const endpoints = record.endpoints.filter((endpoint) => !endpoint.hidden)
  const planned = { ...record, endpoints: [...endpoints] }
  for (const name of hiddenNetworks(endpoints.flatMap((endpoint) => networkOf(endpoint) ?? []))) {
    const before = record.endpoints.find((endpoint) => endpoint.hidden && endpoint.networkName === name)
    planned.endpoints.push(before ?? planEndpoint(planned, existing(name, view), {}, view, true))
  }
  const ways = planned.endpoints
    .filter((endpoint) => leadsOut(networkOf(endpoint)))
    .sort((a, b) => priority(b) - priority(a) || compare(a.networkName, b.networkName))
  const { gatewayEndpoint: _old, gatewayEndpoint6: _old6, ...rest } = planned
  const [way] = ways
  const way6 = ways.find((endpoint) => endpoint.link?.ipv6)
  return { ...rest, ...(way && { gatewayEndpoint: way.id }), ...(way6 && { gatewayEndpoint6: way6.id }) }
}

const priority = (endpoint: EndpointRecord): number => endpoint.settings.GwPriority ?? 0
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
