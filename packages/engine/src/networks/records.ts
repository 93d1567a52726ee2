import type { EndpointSettings, IPAM } from '@essaim/api-types'
import type { Family } from './ipam/address.js'
import type { Pool } from './ipam/pools.js'
import type { PortWish } from './ports/bindings.js'

/** What the containers of a network get their interfaces from. */
export interface Segment {
  pool: Pool
  /** Where it has IPv6 as well. */
  pool6?: Pool
  mtu: number
  /** The user gave the subnet, so that addresses may be asked for. */
  userSubnet: boolean
}

/** A network's device on this host. */
export interface Bridge extends Segment {
  /** Name of the bridge device, at most 15 characters. */
  device: string
  /** Containers on it may talk to each other. */
  icc: boolean
  /** What leaves it for the outside gets the host's address, and it gives its containers their default route. */
  masquerade: boolean
  /** Where ports are published when the request names no address. */
  hostBinding: string
  /** Families in which published ports are reached by the container's own address and by no port of the host. */
  routed?: Family[]
  /** Names of interfaces in containers begin so, `eth` where nothing is said. */
  interfacePrefix?: string
}

/** A network whose containers have interfaces upon one of the host's. */
export interface Lan extends Segment {
  kind: 'macvlan' | 'ipvlan'
  /** The host's interface. */
  parent: string
  /** As `ip link` names it. */
  mode: string
  flag?: string
  /** How the parent was made for this network, with which it goes. */
  made?: { as: 'wire' } | { as: 'vlan'; on: string; vlan: number }
  /** There is a way to the outside through it. */
  leadsOut: boolean
}

/** A network as it is stored on this host: the engine's own, and the cluster's as far as they are here. */
export interface NetworkRecord {
  id: string
  name: string
  /** RFC 3339. */
  created: string
  driver: 'bridge' | 'overlay' | 'host' | 'null' | 'macvlan' | 'ipvlan'
  scope: 'local' | 'swarm'
  internal: boolean
  attachable: boolean
  ingress: boolean
  configOnly: boolean
  /** Name of the config-only network that it was made from, or empty. */
  configFrom: string
  enableIPv6: boolean
  ipam: IPAM
  options: Record<string, string>
  labels: Record<string, string>
  /** Present for bridge and overlay. */
  bridge?: Bridge
  /** Present for macvlan and ipvlan. */
  lan?: Lan
  /** Made by the engine for itself; nobody lists or finds it. */
  hidden?: true
}

/** What its containers get their interfaces from; undefined for the host and none networks. */
export const segmentOf = (network: NetworkRecord): Segment | undefined => network.bridge ?? network.lan

/** One interface of a container. Without `link` for the host and none networks. */
export interface EndpointRecord {
  id: string
  networkId: string
  networkName: string
  /** As asked for: aliases, links, fixed address, options. */
  settings: EndpointSettings
  /** Its way out, made without being asked for; not shown with the container. */
  hidden: boolean
  link?: Link
}

export interface Link {
  /** The end on the host; empty where the interface is upon one of the host's. */
  device: string
  /** The end in the container, such as eth0. */
  name: string
  address: string
  prefix: number
  /** Empty where it is the parent's. */
  mac: string
  /** Empty where the way out has no address. */
  gateway: string
  ipv6?: LinkAddress
  /** Further addresses that were asked for, with the whole of a link-local subnet as theirs. */
  linkLocal?: string[]
}

/** Those that its network gave it, in both families. */
export const addressesOf = ({ address, ipv6 }: Link): string[] => (ipv6 ? [address, ipv6.address] : [address])

/** Where an interface stands in IPv6. */
export interface LinkAddress {
  address: string
  prefix: number
  gateway: string
}

/** What ports are of. */
export type Protocol = 'tcp' | 'udp' | 'sctp'

export interface PublishedPort {
  protocol: Protocol
  hostIp: string
  hostPort: number
  containerPort: number
}

export interface DnsSettings {
  servers: string[]
  search: string[]
  options: string[]
}

/** A container's network namespace as it is stored. */
export interface SandboxRecord {
  containerId: string
  /** Without slash. */
  name: string
  hostname: string
  domainname?: string
  /** 64 hex digits, new with each start. */
  id: string
  mode: 'own' | 'host' | 'none'
  endpoints: EndpointRecord[]
  /** Endpoint that the default route goes through and that ports lead to. */
  gatewayEndpoint?: string
  /** The same for IPv6. */
  gatewayEndpoint6?: string
  ports: PublishedPort[]
  /** What was asked for: published anew when the container gets a way to be reached only later. */
  wishes: PortWish[]
  /** Exposed ports that are not published, such as `80/tcp`. */
  exposed: string[]
  dns: DnsSettings
  extraHosts: string[]
}
