import type { NetworkCreateRequest } from '@essaim/api-types'
import { conflict, forbidden, invalid, notFound, nowNano, unavailable, type Ids } from '@essaim/base'
import type { Subnet } from '../ipam/address.js'
import type { AddressPool } from '../ipam/default-pools.js'
import type { HostLink } from '../kernel/host.js'
import type { NetworkRecord } from '../records.js'
import { bridgeNetwork } from './bridge-network.js'
import { lanNetwork } from './lan-network.js'

export const predefined: readonly string[] = ['bridge', 'host', 'none', 'default']

/** What deciding about a new network looks at. */
export interface Surroundings {
  networks: NetworkRecord[]
  /** Subnets that the host reaches without us. */
  routes: Subnet[]
  /** Interfaces of the host. */
  links: HostLink[]
  /** Of new networks that name none. */
  uplinkMtu: number
  pools: AddressPool[]
  ids: Ids
}

/** Decides how a network of this host will be. Throws Docker's messages. */
export function planNetwork(request: NetworkCreateRequest, around: Surroundings): NetworkRecord {
  const name = request.Name ?? ''
  if (name.trim() === '') throw invalid('network.name', `invalid name: ${name}`)
  if (predefined.includes(name)) {
    throw forbidden('network.predefined', `operation is not permitted on predefined ${name} network `)
  }
  if (around.networks.some((network) => network.name === name)) {
    throw conflict('network.name-taken', `network with name ${name} already exists`)
  }
  const wanted = configured(request, around.networks)
  refuseDriver(wanted)
  const record = base(wanted, around.ids.hex64())
  if (wanted.ConfigOnly) return { ...record, driver: 'null', configOnly: true }
  const { Driver: driver } = wanted
  if (driver === 'macvlan' || driver === 'ipvlan') return lanNetwork(record, wanted, around, driver)
  return bridgeNetwork(record, wanted, around)
}

/** With ConfigFrom, the configuration is that of the network that it names. */
function configured(request: NetworkCreateRequest, networks: NetworkRecord[]): NetworkCreateRequest {
  const from = request.ConfigFrom?.Network ?? ''
  if (from === '') return request
  const source = networks.find((network) => network.configOnly && (network.name === from || network.id === from))
  if (!source) throw notFound('network.config-from', `configuration network "${from}" does not exist`)
  return {
    ...request,
    IPAM: source.ipam,
    Options: source.options,
    Labels: source.labels,
    Internal: source.internal,
  }
}

function refuseDriver(request: NetworkCreateRequest): void {
  const driver = request.Driver ?? ''
  if (driver === 'host' || driver === 'null') {
    throw forbidden('network.one-instance', `only one instance of "${driver}" network is allowed`)
  }
  if (driver === 'overlay') {
    throw unavailable(
      'swarm.not-manager',
      'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.',
    )
  }
  if (request.Scope === 'swarm') {
    throw forbidden('network.scope', 'cannot create a swarm scoped network when swarm is not active')
  }
  if (!['', 'bridge', 'macvlan', 'ipvlan'].includes(driver))
    throw notFound('network.driver', `plugin "${driver}" not found`)
  const ipam = request.IPAM?.Driver ?? ''
  if (ipam !== '' && ipam !== 'default') throw notFound('network.ipam-driver', `plugin "${ipam}" not found`)
}

function base(request: NetworkCreateRequest, id: string): NetworkRecord {
  return {
    id,
    name: request.Name ?? '',
    created: nowNano(),
    driver: 'bridge',
    scope: 'local',
    internal: request.Internal ?? false,
    attachable: request.Attachable ?? false,
    ingress: false,
    configOnly: false,
    configFrom: request.ConfigFrom?.Network ?? '',
    enableIPv6: false,
    ipam: { Driver: 'default', ...request.IPAM, Config: request.IPAM?.Config ?? [] },
    options: request.Options ?? {},
    labels: request.Labels ?? {},
  }
}
