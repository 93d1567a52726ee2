import { connect as connectSocket, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import { dialError, type Transport } from './transport.js'

export interface StreamAddress {
  network: 'tcp' | 'tcp+tls' | 'unix'
  host?: string
  port?: number
  path?: string
  tls?: ConnectionOptions
}

/** How long an attempt to connect may take, in milliseconds. */
const connectTimeout = 10_000

/** One connection; when it is lost the next message opens another. */
export class StreamTransport implements Transport {
  #socket: Socket | undefined
  #closed = false

  constructor(
    private readonly address: StreamAddress,
    /** Told what the receiver says, for protocols with answers. */
    private readonly onData: (data: Buffer) => void = () => {},
    private readonly onLost: () => void = () => {},
  ) {}

  async connect(): Promise<void> {
    if (this.#socket && !this.#socket.destroyed && this.#socket.writable) return
    if (this.#closed) throw new Error('the log is closed')
    const socket = this.#open()
    const secure = this.address.network === 'tcp+tls'
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once(secure ? 'secureConnect' : 'connect', resolve)
        socket.once('error', reject)
        socket.once('close', () => reject(new Error('the connection was closed')))
        socket.setTimeout(connectTimeout, () => reject(Object.assign(new Error(), { code: 'ETIMEDOUT' })))
      })
    } catch (error) {
      socket.destroy()
      throw dialError(this.address.network === 'unix' ? 'unix' : 'tcp', this.#name, error)
    }
    socket.setTimeout(0)
    socket.on('data', this.onData)
    // A receiver that has gone is noticed here, before a message is lost to it.
    socket.on('end', () => socket.destroy())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.onLost())
    this.#socket = socket
    // The daemon may be ended while a log is connected.
    socket.unref()
  }

  async send(message: Buffer): Promise<void> {
    await this.connect()
    const socket = this.#socket
    if (!socket) throw new Error('the log is closed')
    await new Promise<void>((resolve, reject) => {
      const lost = (): void => reject(new Error('write: broken pipe'))
      socket.once('close', lost)
      socket.write(message, (error) => {
        socket.off('close', lost)
        if (error) reject(error)
        else resolve()
      })
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    const socket = this.#socket
    if (!socket || socket.destroyed) return
    await new Promise<void>((resolve) => {
      socket.once('close', () => resolve())
      socket.end(() => socket.destroy())
      // A receiver that reads no more does not hold up the end.
      setTimeout(() => socket.destroy(), 1000).unref()
    })
  }

  get #name(): string {
    const { path, host = '', port = 0 } = this.address
    return path ?? `${host.includes(':') ? `[${host}]` : host}:${port}`
  }

  #open(): Socket {
    const { network, path = '', host = '', port = 0, tls } = this.address
    if (network === 'unix') return connectSocket({ path })
    const name = host.replace(/^\[|\]$/g, '')
    return network === 'tcp' ? connectSocket({ host: name, port }) : connectTls({ host: name, port, ...tls })
  }
}
