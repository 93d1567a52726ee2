import type { IpLine } from '../kernel/ip.js'
import type { Sysctl } from '../kernel/namespace.js'
import type { Bridge, Link, SandboxRecord } from '../records.js'

/** On the host: a container's end of the wire is put on its bridge. */
export function plugLines(link: Link, bridge: Bridge): IpLine[] {
  const lines: IpLine[] = [{ line: `link set ${link.device} master ${bridge.device} up` }]
  // Isolated ports of a bridge reach the bridge itself, and not one another.
  if (!bridge.icc) lines.push({ line: `link set ${link.device} type bridge_slave isolated on` })
  return lines
}

export function unlinkLines(link: Link): IpLine[] {
  return [{ line: `link del ${link.device}`, tolerate: /Cannot find device/ }]
}

/** Makes the host forget the container's place on the bridge at once; the kernel removes the pair with the namespace. */
export function downLines(link: Link): IpLine[] {
  return [{ line: `link set ${link.device} down`, tolerate: /Cannot find device/ }]
}

/** In the namespace: an interface whose other end appears in the namespace of process `pid`, the host's. */
export function insideLines(link: Link, bridge: Bridge, pid: number): string[] {
  const { device, name, mac, address, prefix } = link
  const { mtu } = bridge
  return [
    `link add ${name} mtu ${mtu} address ${mac} type veth peer name ${device} netns ${pid} mtu ${mtu}`,
    `addr add ${address}/${prefix} broadcast + dev ${name}`,
    `link set ${name} up`,
  ]
}

/** In the namespace: the default route as the record has it. */
export function routeLines(record: SandboxRecord): string[] {
  const gateway = record.endpoints.find((endpoint) => endpoint.id === record.gatewayEndpoint)?.link
  return gateway ? [`route replace default via ${gateway.gateway} dev ${gateway.name}`] : []
}

/** What a new namespace is given before its first interface. */
export const namespaceSysctls: Sysctl[] = [
  { key: 'net.ipv6.conf.all.disable_ipv6', value: '1', optional: true },
  { key: 'net.ipv6.conf.default.disable_ipv6', value: '1', optional: true },
  // A container that takes over an address tells its neighbours.
  { key: 'net.ipv4.conf.default.arp_notify', value: '1' },
  // 127.0.0.11 is rewritten to an address outside.
  { key: 'net.ipv4.conf.all.route_localnet', value: '1' },
  // After 2 s instead of 120 a client's port can be used again: one that mixes direct connections with those to a
  // service's address would run out of ports otherwise.
  { key: 'net.netfilter.nf_conntrack_tcp_timeout_time_wait', value: '2', optional: true },
]

/** Written on our bridges, so that a daemon that has lost its records knows them for its own. */
export const bridgeAlias = 'essaim'

/** Bridge of a network: made if missing, and given all that it needs. */
export function bridgeLines(bridge: Bridge, prefix: number, mac: string): IpLine[] {
  const { device, mtu, pool } = bridge
  return [
    { line: `link add ${device} mtu ${mtu} address ${mac} type bridge`, tolerate: /File exists|already assigned/ },
    { line: `addr add ${pool.gateway}/${prefix} broadcast + dev ${device}`, tolerate: /File exists|already assigned/ },
    { line: `link set ${device} alias ${bridgeAlias} up` },
  ]
}
