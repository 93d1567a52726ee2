import type { Logger } from '@essaim/base'
import { internal, messageOf } from '@essaim/base'
import { DnsServer, type Zone } from './dns/server.js'
import { macOf, parseSubnet } from './ipam/address.js'
import { forwardIPv6, setLinkSysctl } from './kernel/host.js'
import type { Ip } from './kernel/ip.js'
import type { Bridge, NetworkRecord } from './records.js'
import { hasNameServer } from './sandbox/hidden.js'
import { bridgeLines } from './sandbox/links.js'

/** The networks' devices on this host, each with its name server. */
export class Bridges {
  readonly #servers = new Map<string, DnsServer>()

  constructor(
    private readonly ip: Ip,
    private readonly zone: Zone,
    private readonly logger: Logger,
  ) {}

  /** Makes what is missing. A name server that cannot start is reported: containers run without it. */
  async ensure(network: NetworkRecord): Promise<void> {
    const { bridge } = network
    if (!bridge) return
    await this.#device(bridge)
    if (!hasNameServer(network) || this.#servers.has(network.id)) return
    try {
      const server = await DnsServer.open(network.id, bridge.pool.gateway, this.zone, this.logger)
      this.#servers.set(network.id, server)
    } catch (error) {
      this.logger.error('no name server on a network', { network: network.name, error: messageOf(error) })
    }
  }

  async #device(bridge: Bridge): Promise<void> {
    const subnet = parseSubnet(bridge.pool.subnet)
    if (!subnet) throw internal('network.subnet', `stored subnet ${bridge.pool.subnet} is not a CIDR`)
    const subnet6 = bridge.pool6 && parseSubnet(bridge.pool6.subnet)
    if (subnet6) await forwardIPv6()
    const [link, ...rest] = bridgeLines(bridge, subnet, subnet6, macOf(bridge.pool.gateway))
    await this.ip.batch(link ? [link] : [])
    // A host may have IPv6 off for new interfaces.
    if (subnet6) await setLinkSysctl('ipv6', bridge.device, 'disable_ipv6', '0')
    await this.ip.batch(rest)
    // A container must not be the host's router by saying that it is one (CVE-2020-13401).
    await setLinkSysctl('ipv6', bridge.device, 'accept_ra', '0').catch(tolerateMissing)
    // For localhost:PORT: packets with a loopback source leave through the bridge.
    await setLinkSysctl('ipv4', bridge.device, 'route_localnet', '1')
  }

  async remove(network: NetworkRecord): Promise<void> {
    const { bridge } = network
    if (!bridge) return
    const server = this.#servers.get(network.id)
    this.#servers.delete(network.id)
    await server?.close()
    await this.ip.batch([{ line: `link del ${bridge.device}`, tolerate: /Cannot find device/ }])
  }

  async close(): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server.close()))
    this.#servers.clear()
  }
}

/** A kernel without IPv6 has none of its parameters. */
function tolerateMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
