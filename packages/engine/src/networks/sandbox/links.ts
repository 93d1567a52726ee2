import type { IpLine } from '../kernel/ip.js'
import type { Sysctl } from '../kernel/namespace.js'
import { familyOf, type Subnet } from '../ipam/address.js'
import type { Bridge, Link, SandboxRecord } from '../records.js'

/** On the host: a container's end of the wire is put on its bridge. */
export function plugLines(link: Link, bridge: Bridge): IpLine[] {
  const lines: IpLine[] = [{ line: `link set ${link.device} master ${bridge.device} up` }]
  // Isolated ports of a bridge reach the bridge itself, and not one another.
  if (!bridge.icc) lines.push({ line: `link set ${link.device} type bridge_slave isolated on` })
  return lines
}

export function unlinkLines(link: Link): IpLine[] {
  if (link.device === '') return []
  return [{ line: `link del ${link.device}`, tolerate: /Cannot find device/ }]
}

/** Makes the host forget the container's place on the bridge at once; the kernel removes the pair with the namespace. */
export function downLines(link: Link): IpLine[] {
  if (link.device === '') return []
  return [{ line: `link set ${link.device} down`, tolerate: /Cannot find device/ }]
}

/** In the namespace: an interface whose other end appears in the namespace of process `pid`, the host's. */
export function insideLines(link: Link, bridge: Bridge, pid: number): string[] {
  const { device, name, mac } = link
  const { mtu } = bridge
  return [
    `link add ${name} mtu ${mtu} address ${mac} type veth peer name ${device} netns ${pid} mtu ${mtu}`,
    ...addressLines(link),
  ]
}

/** In the namespace: the addresses of an interface that is there. */
export function addressLines({ name, address, prefix, ipv6, linkLocal = [] }: Link): string[] {
  return [
    `addr add ${address}/${prefix} broadcast + dev ${name}`,
    // The engine gives each address once: to ask the neighbours first would make the container wait for a second.
    ...(ipv6 ? [`addr add ${ipv6.address}/${ipv6.prefix} dev ${name} nodad`] : []),
    ...linkLocal.map((text) => `addr add ${text}/${familyOf(text) === 4 ? '16 broadcast +' : '64 nodad'} dev ${name}`),
    `link set ${name} up`,
  ]
}

/** In the namespace: the default routes as the record has them. */
export function routeLines(record: SandboxRecord): string[] {
  const linkOf = (id: string | undefined): Link | undefined => record.endpoints.find((one) => one.id === id)?.link
  const [link, link6] = [linkOf(record.gatewayEndpoint), linkOf(record.gatewayEndpoint6)]
  return [
    ...(link ? [`route replace default ${via(link.gateway)}dev ${link.name}`] : []),
    ...(link6?.ipv6 ? [`route replace ::/0 ${via(link6.ipv6.gateway)}dev ${link6.name}`] : []),
  ]
}

const via = (gateway: string): string => (gateway === '' ? '' : `via ${gateway} `)

/** Before an interface is made that has IPv6: others stay without. */
export function familySysctls(links: Link[]): Sysctl[] {
  const wanted = links.some(({ ipv6, linkLocal = [] }) => ipv6 ?? linkLocal.some((text) => familyOf(text) === 6))
  const off = (name: string, value: string): Sysctl => ({
    key: `net.ipv6.conf.${name}.disable_ipv6`,
    value,
    optional: !wanted,
  })
  return wanted ? [off('default', '0'), off('lo', '0')] : [off('default', '1')]
}

/** What a new namespace is given before its first interface. */
export const namespaceSysctls: Sysctl[] = [
  { key: 'net.ipv6.conf.all.disable_ipv6', value: '1', optional: true },
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
export function bridgeLines(bridge: Bridge, subnet: Subnet, subnet6: Subnet | undefined, mac: string): IpLine[] {
  const { device, mtu, pool, pool6 } = bridge
  const tolerate = /File exists|already assigned/
  return [
    { line: `link add ${device} mtu ${mtu} address ${mac} type bridge`, tolerate },
    { line: `addr add ${pool.gateway}/${subnet.prefix} broadcast + dev ${device}`, tolerate },
    ...(pool6 && subnet6
      ? [
          { line: `addr add ${pool6.gateway}/${subnet6.prefix} dev ${device} nodad`, tolerate },
          // As Docker's. The kernel asks for neighbours by a link-local address only, and takes seconds to find its own.
          { line: `addr add fe80::1/64 dev ${device} nodad`, tolerate },
        ]
      : []),
    { line: `link set ${device} alias ${bridgeAlias} up` },
  ]
}
