import type { Logger } from '@essaim/base'
import { internal, messageOf } from '@essaim/base'
import { DnsServer, type Zone } from './dns/server.js'
import { macOf, parseSubnet } from './ipam/address.js'
import { setSysctl } from './kernel/host.js'
import type { Ip } from './kernel/ip.js'
import type { Bridge, NetworkRecord } from './records.js'
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
    if (!hasNames(network) || this.#servers.has(network.id)) return
    try {
      const server = await DnsServer.open(network.id, bridge.pool.gateway, this.zone, this.logger)
      this.#servers.set(network.id, server)
    } catch (error) {
      this.logger.error('no name server on a network', { network: network.name, error: messageOf(error) })
    }
  }

  async #device(bridge: Bridge): Promise<void> {
    const prefix = parseSubnet(bridge.pool.subnet)?.prefix
    if (prefix === undefined) throw internal('network.subnet', `stored subnet ${bridge.pool.subnet} is not a CIDR`)
    await this.ip.batch(bridgeLines(bridge, prefix, macOf(bridge.pool.gateway)))
    // For localhost:PORT: packets with a loopback source leave through the bridge.
    await setSysctl(`net.ipv4.conf.${bridge.device}.route_localnet`, '1')
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

/** On the default bridge containers find one another by links only; ingress is no network of names. */
export function hasNames(network: NetworkRecord): boolean {
  return (
    network.bridge !== undefined && network.name !== 'bridge' && network.name !== 'docker_gwbridge' && !network.ingress
  )
}
