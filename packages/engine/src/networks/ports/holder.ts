import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { conflict } from '@essaim/base'
import type { Protocol } from '../records.js'

/** Where a relayed connection goes; undefined when there is nobody. */
export type Target = () => { host: string; port: number } | undefined

/**
 * A real socket on a published port. It keeps the host's other programs off the port and finds out whether one is
 * there already. Packets that the kernel rewrites before never reach it: all of IPv4, and of IPv6 what is meant for a
 * container that has it. Other connections to an IPv6 address are relayed.
 */
export class HeldPort {
  readonly #relayed = new Set<Socket>()

  private constructor(private readonly socket: Server | UdpSocket) {}

  /** Throws `listen tcp4 IP:PORT: bind: address already in use`, as Docker does. */
  static async open(protocol: Exclude<Protocol, 'sctp'>, ip: string, port: number, target: Target): Promise<HeldPort> {
    const held = new HeldPort(protocol === 'tcp' ? createServer({ pauseOnConnect: true }) : udp(ip))
    const { socket } = held
    if ('listen' in socket) socket.on('connection', (client) => held.#relay(client, target))
    await new Promise<void>((resolve, reject) => {
      socket.once('error', (error: NodeJS.ErrnoException) => reject(refusal(error, protocol, ip, port)))
      socket.once('listening', () => resolve())
      if ('listen' in socket) socket.listen({ host: ip, port, ipv6Only: true })
      else socket.bind({ address: ip, port, exclusive: true })
    })
    // Later errors of a listening socket concern a single connection that was not accepted.
    socket.on('error', () => {})
    socket.unref()
    return held
  }

  async close(): Promise<void> {
    for (const one of this.#relayed) one.destroy()
    await new Promise<void>((resolve) => this.socket.close(() => resolve()))
  }

  #relay(client: Socket, target: Target): void {
    const to = client.remoteFamily === 'IPv6' ? target() : undefined
    if (!to) {
      client.destroy()
      return
    }
    const upstream = connect({ ...to, allowHalfOpen: true })
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#relayed.add(one)
      one.on('error', () => other.destroy())
      one.once('close', () => {
        this.#relayed.delete(one)
        if (one.destroyed && !one.readableEnded) other.destroy()
      })
      one.pipe(other)
    }
  }
}

function udp(ip: string): UdpSocket {
  return createSocket(ip.includes(':') ? { type: 'udp6', ipv6Only: true } : { type: 'udp4' })
}

function refusal(error: NodeJS.ErrnoException, protocol: Protocol, ip: string, port: number): Error {
  const reasons: Record<string, string> = {
    EADDRINUSE: 'address already in use',
    EADDRNOTAVAIL: 'cannot assign requested address',
    EACCES: 'permission denied',
  }
  const family = ip.includes(':') ? 6 : 4
  const address = family === 6 ? `[${ip}]` : ip
  const reason = reasons[error.code ?? ''] ?? error.message
  return conflict('port.bound', `listen ${protocol}${family} ${address}:${port}: bind: ${reason}`, { cause: error })
}
