import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { dialError, type Transport } from './transport.js'

/** A datagram a message; nobody need be there to take it. */
export class UdpTransport implements Transport {
  #socket: Socket | undefined

  constructor(
    private readonly host: string,
    private readonly port: number,
  ) {}

  async connect(): Promise<void> {
    if (this.#socket) return
    const name = this.host.replace(/^\[|\]$/g, '') || '127.0.0.1'
    let socket: Socket | undefined
    try {
      const { address, family } = await lookup(name)
      const made = createSocket(family === 6 ? 'udp6' : 'udp4')
      socket = made
      await new Promise<void>((resolve, reject) => {
        made.once('error', reject)
        made.connect(this.port, address, resolve)
      })
      made.removeAllListeners('error')
      // A port where nobody listens shows as an error of the next send, too; neither is ours to stop for.
      made.on('error', () => {})
      made.unref()
      this.#socket = made
    } catch (error) {
      socket?.close()
      throw dialError('udp', `${this.host}:${this.port}`, error)
    }
  }

  async send(message: Buffer): Promise<void> {
    await this.connect()
    await new Promise<void>((resolve, reject) => {
      this.#socket?.send(message, (error) => {
        if (error && (error as NodeJS.ErrnoException).code !== 'ECONNREFUSED') reject(error)
        else resolve()
      })
    })
  }

  async close(): Promise<void> {
    const socket = this.#socket
    this.#socket = undefined
    if (socket) await new Promise<void>((resolve) => socket.close(resolve))
  }
}
