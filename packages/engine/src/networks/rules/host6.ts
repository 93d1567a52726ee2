import { parseAddress } from '../ipam/address.js'
import type { NetworkRecord, SandboxRecord } from '../records.js'
import { chain, routedKey, type HostRules } from './host.js'

const table = 'ip6 essaim'
const sets = ['bridges', 'natting', 'closed', 'same', 'talking', 'routed', 'published_at', 'published', 'udp_zones']

/**
 * What the table of IPv4 says, in IPv6. The mesh has none of it, and nor has `::1`, which the kernel lets nobody rewrite:
 * connections to it are relayed by the socket that holds the port.
 */
const skeleton: string[] = [
  `add table ${table}`,
  `delete table ${table}`,
  `add table ${table}`,
  `add set ${table} bridges { type ifname; }`,
  `add set ${table} natting { type ifname; }`,
  `add set ${table} closed { type ifname; }`,
  `add set ${table} same { type ifname . ifname; }`,
  `add set ${table} talking { type ifname . ifname; }`,
  `add set ${table} routed { type ipv6_addr . inet_proto . inet_service; }`,
  `add map ${table} published_at { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }`,
  `add map ${table} published { type inet_proto . inet_service : ipv6_addr . inet_service; }`,
  `add map ${table} udp_zones { typeof udp dport : ct zone; }`,
  ...chain(table, 'publish', undefined, [
    'dnat ip6 to ip6 daddr . meta l4proto . th dport map @published_at',
    'dnat ip6 to meta l4proto . th dport map @published',
  ]),
  ...chain(table, 'prerouting', 'type nat hook prerouting priority -100', ['fib daddr type local jump publish']),
  ...chain(table, 'output', 'type nat hook output priority -100', [
    'ip6 daddr != ::1 fib daddr type local jump publish',
  ]),
  ...chain(table, 'guard', 'type filter hook prerouting priority -300', [
    'fib daddr type local ct original zone set udp dport map @udp_zones',
  ]),
  ...chain(table, 'guard_output', 'type filter hook output priority -300', [
    'ip6 daddr != ::1 fib daddr type local ct original zone set udp dport map @udp_zones',
  ]),
  ...chain(table, 'postrouting', 'type nat hook postrouting priority 100', [
    'ct status dnat iifname . oifname @same masquerade',
    'iifname @natting oifname != @bridges masquerade',
  ]),
  ...chain(table, 'forward', 'type filter hook forward priority 0', [
    'ct state established,related accept',
    'iifname . oifname @talking accept',
    'iifname @closed drop',
    'ct status dnat accept',
    'ip6 daddr . meta l4proto . th dport @routed accept',
    'oifname @bridges drop',
  ]),
  ...chain(table, 'input', 'type filter hook input priority 0', [
    // Neighbours find the bridge by these; all else of an internal network is refused.
    'iifname @closed icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept',
    'iifname @closed ct state new drop',
  ]),
]

/** What the host's rules for IPv6 must hold for these networks and containers. */
export function hostRules6(networks: NetworkRecord[], sandboxes: SandboxRecord[]): HostRules {
  const elements = new Map<string, Map<string, string | undefined>>(sets.map((name) => [name, new Map()]))
  const put = (set: string, key: string, value?: string): void => {
    elements.get(set)?.set(key, value)
  }
  const bridges = networks.flatMap(({ id, bridge, internal }) => (bridge?.pool6 ? [{ id, bridge, internal }] : []))
  for (const { bridge, internal } of bridges) {
    const device = `"${bridge.device}"`
    put('bridges', device)
    put('same', `${device} . ${device}`)
    if (bridge.icc) put('talking', `${device} . ${device}`)
    if (internal) put('closed', device)
    else if (bridge.masquerade && !bridge.routed?.includes(6)) put('natting', device)
  }
  for (const sandbox of sandboxes) {
    const endpoint = sandbox.endpoints.find(({ id }) => id === sandbox.gatewayEndpoint6)
    const target = endpoint?.link?.ipv6?.address
    const bridge = bridges.find(({ id }) => id === endpoint?.networkId)?.bridge
    if (target === undefined || !bridge) continue
    if (bridge.routed?.includes(6)) for (const wish of sandbox.wishes) put('routed', routedKey(target, wish))
    for (const port of sandbox.ports) {
      if (!port.hostIp.includes(':')) continue
      const key = `${port.protocol} . ${port.hostPort}`
      const value = `${target} . ${port.containerPort}`
      if (port.hostIp === '::') put('published', key, value)
      else put('published_at', `${port.hostIp} . ${key}`, value)
      if (port.protocol === 'udp') put('udp_zones', String(port.hostPort), String(zoneOf(target)))
    }
  }
  return { table: { name: table, skeleton, chain: 'publish' }, elements, chains: new Map() }
}

function zoneOf(address: string): number {
  return Number((parseAddress(address)?.value ?? 0n) & 0x7fffn) || 1
}
