import { tunnelName } from '../cluster/tunnel.js'
import { parseAddress } from '../ipam/address.js'
import type { NetworkRecord, Protocol, SandboxRecord } from '../records.js'

/** Where the name server listens, on each bridge's gateway address. Not 53: that port may be published by a container. */
export const dnsPort = 17953

/** The table of this daemon; another daemon lives in another network namespace and never sees it. */
export const table = 'ip essaim'

/** A chain's only rule. */
export type Chains = ReadonlyMap<string, string>
/** By set or map: key and, in a map, value. */
export type Elements = ReadonlyMap<string, ReadonlyMap<string, string | undefined>>

/** A table of the kernel: its name, and the statements that make it anew without what changes. */
export interface Table {
  name: string
  skeleton: readonly string[]
  /** One of its chains, by which it is known to be there. */
  chain: string
}

/** The part of a table that changes. */
export interface HostRules {
  table: Table
  elements: Elements
  chains: Chains
}

export interface Backends {
  /** Those that take new connections. */
  addresses: string[]
  /** With none of them: whether some are about to come. */
  coming: boolean
  /** Goes up whenever one is lost, see `udpZone`. */
  generation: number
}

/** A port of the mesh, and the tasks behind it. */
export interface MeshPort extends Backends {
  protocol: 'tcp' | 'udp'
  publishedPort: number
  targetPort: number
}

/**
 * The rules that never change: everything that does is an element of a set or map, or a chain of the mesh.
 * Replaces the whole table in one transaction; connections that are open live in conntrack and do not notice.
 */
export const skeleton: string[] = [
  `add table ${table}`,
  `delete table ${table}`,
  `add table ${table}`,
  `add set ${table} bridges { type ifname; }`,
  `add set ${table} natting { type ifname; }`,
  `add set ${table} closed { type ifname; }`,
  `add set ${table} same { type ifname . ifname; }`,
  `add set ${table} talking { type ifname . ifname; }`,
  `add set ${table} routed { type ipv4_addr . inet_proto . inet_service; }`,
  `add map ${table} published_at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }`,
  `add map ${table} published { type inet_proto . inet_service : ipv4_addr . inet_service; }`,
  `add map ${table} udp_zones { typeof udp dport : ct zone; }`,
  `add map ${table} mesh { type inet_proto . inet_service : verdict; }`,
  ...chain(table, 'publish', undefined, [
    'dnat ip to ip daddr . meta l4proto . th dport map @published_at',
    'dnat ip to meta l4proto . th dport map @published',
    'meta l4proto . th dport vmap @mesh',
  ]),
  ...chain(table, 'prerouting', 'type nat hook prerouting priority -100', ['fib daddr type local jump publish']),
  ...chain(table, 'output', 'type nat hook output priority -100', ['fib daddr type local jump publish']),
  // Bridges route loopback addresses (route_localnet) for the sake of localhost:PORT; nobody outside may use that.
  ...chain(table, 'guard', 'type filter hook prerouting priority -300', [
    'iifname != "lo" ip daddr 127.0.0.0/8 drop',
    'fib daddr type local ct original zone set udp dport map @udp_zones',
  ]),
  ...chain(table, 'guard_output', 'type filter hook output priority -300', [
    'fib daddr type local ct original zone set udp dport map @udp_zones',
  ]),
  ...chain(table, 'postrouting', 'type nat hook postrouting priority 100', [
    // The answer has to come back through here where the client is on the server's own bridge or is the host itself.
    'ct status dnat iifname . oifname @same masquerade',
    'ip saddr 127.0.0.0/8 oifname @bridges masquerade',
    'iifname @natting oifname != @bridges masquerade',
  ]),
  ...chain(table, 'forward', 'type filter hook forward priority 0', [
    'ct state established,related accept',
    'iifname . oifname @talking accept',
    'iifname @closed drop',
    'ct status dnat accept',
    'ip daddr . meta l4proto . th dport @routed accept',
    'oifname @bridges drop',
  ]),
  ...chain(table, 'input', 'type filter hook input priority 0', [
    `iifname @closed meta l4proto { tcp, udp } th dport ${dnsPort} accept`,
    'iifname @closed ct state new drop',
  ]),
]

export function chain(table: string, name: string, hook: string | undefined, rules: string[]): string[] {
  const body = hook === undefined ? '' : ` { ${hook}; }`
  return [`add chain ${table} ${name}${body}`, ...rules.map((rule) => `add rule ${table} ${name} ${rule}`)]
}

/** What the host's rules must hold for these networks, containers and mesh ports. */
export function hostRules(networks: NetworkRecord[], sandboxes: SandboxRecord[], mesh: MeshPort[]): HostRules {
  const elements = new Map<string, Map<string, string | undefined>>(
    ['bridges', 'natting', 'closed', 'same', 'talking', 'routed', 'published_at', 'published', 'udp_zones', 'mesh'].map(
      (name) => [name, new Map()],
    ),
  )
  const put = (set: string, key: string, value?: string): void => {
    elements.get(set)?.set(key, value)
  }
  for (const { id, bridge, internal, driver, ingress } of networks) {
    if (!bridge) continue
    const device = `"${bridge.device}"`
    put('bridges', device)
    put('same', `${device} . ${device}`)
    if (ingress) {
      const tunnel = `"${tunnelName(id)}"`
      put('bridges', tunnel)
      put('talking', `${tunnel} . ${device}`)
    }
    if (bridge.icc) put('talking', `${device} . ${device}`)
    // An overlay is closed too, but for ingress: its containers leave through an interface of their own.
    if (internal || (driver === 'overlay' && !ingress)) put('closed', device)
    else if (bridge.masquerade && !bridge.routed?.includes(4)) put('natting', device)
  }
  for (const sandbox of sandboxes) {
    const endpoint = sandbox.endpoints.find(({ id }) => id === sandbox.gatewayEndpoint)
    const target = endpoint?.link?.address
    if (target === undefined) continue
    const bridge = networks.find(({ id }) => id === endpoint?.networkId)?.bridge
    if (bridge?.routed?.includes(4)) for (const wish of sandbox.wishes) put('routed', routedKey(target, wish))
    for (const port of sandbox.ports) {
      if (port.hostIp.includes(':')) continue
      const key = `${port.protocol} . ${port.hostPort}`
      const value = `${target} . ${port.containerPort}`
      if (port.hostIp === '0.0.0.0') put('published', key, value)
      else put('published_at', `${port.hostIp} . ${key}`, value)
      if (port.protocol === 'udp') put('udp_zones', String(port.hostPort), String(addressZone(target)))
    }
  }
  const chains = new Map<string, string>()
  for (const port of mesh) {
    const name = `mesh_${port.protocol}_${port.publishedPort}`
    put('mesh', `${port.protocol} . ${port.publishedPort}`, `goto ${name}`)
    if (port.protocol === 'udp') put('udp_zones', String(port.publishedPort), String(udpZone(port.generation)))
    chains.set(name, balance(port))
  }
  return { table: { name: table, skeleton, chain: 'publish' }, elements, chains }
}

/** A port that is reached by the container's own address. */
export function routedKey(address: string, port: { protocol: Protocol; containerPort: number }): string {
  return `${address} . ${port.protocol} . ${port.containerPort}`
}

/**
 * A UDP client that keeps its port keeps its conntrack entry too, alive by its own packets, to a target that is long
 * gone. Entries of another zone are not looked at: with each loss of a target its port gets a zone of its own. The upper
 * half of the numbers is for services, from 4096 on for containers, below for the nodes of the mesh, and 0 for all the rest.
 */
export function udpZone(generation: number): number {
  return 0x8000 | (generation & 0x7fff)
}

function addressZone(address: string): number {
  return 0x1000 + (Number((parseAddress(address)?.value ?? 0n) & 0x7fffn) % 0x7000)
}

function balance({ protocol, targetPort, addresses, coming }: MeshPort): string {
  if (addresses.length === 0) return withoutBackends(coming)
  const targets = addresses.map((address, index) => `${index} : ${address} . ${targetPort}`).join(', ')
  return `meta l4proto ${protocol} dnat ip to numgen inc mod ${addresses.length} map { ${targets} }`
}

/**
 * With nobody there the client is told at once. With somebody about to come its first packet is dropped, and the one
 * that it sends a second later finds them: a service with one replica is updated without a refused connection.
 */
export function withoutBackends(coming: boolean): string {
  return coming ? 'drop' : 'reject with icmp type port-unreachable'
}
