import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { createServer, type Server, type Socket } from 'node:net'
import type { Logger } from '@essaim/base'
import { messageOf } from '@essaim/base'
import { dnsPort } from '../rules/host.js'
import { forward, frame, unframe } from './forward.js'
import { codes, encodeResponse, parseQuery, type Query } from './wire.js'
import type { Resolution } from './names.js'

/** The server's knowledge; asked anew for each query, so that nothing is ever stale. */
export interface Zone {
  /** `address` is the container's, on the network that the server was asked on. */
  resolve(networkId: string, address: string, query: Query): Resolution
  /** Servers for names that are not ours; empty when such names may not be asked for. */
  upstreams(networkId: string, address: string): string[]
}

/** A TCP client that says nothing for so long is hung up on (ms). */
const idle = 10_000

/** The name server of one network, on its gateway address. */
export class DnsServer {
  readonly #clients = new Set<Socket>()

  private constructor(
    private readonly networkId: string,
    private readonly zone: Zone,
    private readonly udp: UdpSocket,
    private readonly tcp: Server,
    private readonly logger: Logger,
  ) {}

  static async open(networkId: string, address: string, zone: Zone, logger: Logger): Promise<DnsServer> {
    const server = new DnsServer(networkId, zone, createSocket('udp4'), createServer(), logger)
    const { udp, tcp } = server
    udp.on('message', (packet, from) => void server.#overUdp(packet, from.address, from.port))
    tcp.on('connection', (client) => server.#overTcp(client))
    await Promise.all([
      new Promise<void>((resolve, reject) => {
        udp.once('error', reject).bind({ address, port: dnsPort }, () => resolve())
      }),
      new Promise<void>((resolve, reject) => {
        tcp.once('error', reject).listen({ host: address, port: dnsPort }, () => resolve())
      }),
    ])
    for (const socket of [udp, tcp]) {
      socket.unref()
      socket.on('error', (error: Error) => logger.warn('name server', { error: messageOf(error) }))
    }
    return server
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy()
    await Promise.all([
      new Promise<void>((resolve) => this.udp.close(() => resolve())),
      new Promise<void>((resolve) => this.tcp.close(() => resolve())),
    ])
  }

  async #overUdp(packet: Buffer, address: string, port: number): Promise<void> {
    const answer = await this.#answer(packet, address, 'udp')
    // The container may be gone by now; a lost answer is asked for again.
    if (answer) this.udp.send(answer, port, address, () => {})
  }

  #overTcp(client: Socket): void {
    this.#clients.add(client)
    let received = Buffer.alloc(0)
    client.setTimeout(idle, () => client.destroy())
    client.on('error', () => client.destroy())
    client.on('close', () => this.#clients.delete(client))
    client.on('data', (data) => {
      received = Buffer.concat([received, data])
      for (let next = unframe(received); next; next = unframe(received)) {
        received = Buffer.from(next.rest)
        void this.#answer(next.message, client.remoteAddress ?? '', 'tcp').then((answer) => {
          if (answer && client.writable) client.write(frame(answer))
        })
      }
    })
  }

  async #answer(packet: Buffer, address: string, protocol: 'udp' | 'tcp'): Promise<Buffer | undefined> {
    const query = parseQuery(packet)
    if (!query) return undefined
    try {
      const limit = protocol === 'udp' ? query.udpSize : 65535
      const resolution = this.zone.resolve(this.networkId, address, query)
      if (resolution !== 'unknown') return encodeResponse(query, resolution.code, resolution.answers, limit)
      const servers = this.zone.upstreams(this.networkId, address)
      const answer = await forward(packet, servers, protocol)
      if (answer) return answer
      // Nobody outside can know a name without a dot, so that it is known not to exist.
      const code = servers.length === 0 && !query.name.includes('.') ? codes.noName : codes.failure
      return encodeResponse(query, code, [], limit)
    } catch (error) {
      this.logger.error('a name could not be looked up', { name: query.name, error: messageOf(error) })
      return encodeResponse(query, codes.failure, [], 512)
    }
  }
}
