import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

/**
 * Stands before a registry and lets so many bytes of its answers through; the others wait until it is opened. So a
 * transfer is in its middle for certain, on a machine of any speed.
 */
export class HeldLink implements AsyncDisposable {
  #left = Infinity
  readonly #sockets = new Set<Socket>()

  private constructor(
    private readonly server: Server,
    readonly place: string,
  ) {}

  static async before(target: { address: string; port: number }, port: number): Promise<HeldLink> {
    const server = createServer()
    const link = new HeldLink(server, `${target.address}:${port}`)
    server.on('connection', (client) => link.#join(client, connect(target.port, target.address)))
    server.listen(port, target.address)
    await once(server, 'listening')
    return link
  }

  hold(afterBytes: number): void {
    this.#left = afterBytes
  }

  open(): void {
    this.#left = Infinity
    for (const socket of this.#sockets) socket.resume()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.server.close()
    await once(this.server, 'close')
  }

  #join(client: Socket, registry: Socket): void {
    for (const [one, other] of [
      [client, registry],
      [registry, client],
    ] as const) {
      this.#sockets.add(one)
      one.on('error', () => {})
      one.on('close', () => {
        this.#sockets.delete(one)
        other.destroy()
      })
    }
    client.pipe(registry)
    registry.on('data', (data) => {
      client.write(data)
      this.#left -= data.length
      if (this.#left <= 0) registry.pause()
    })
  }
}
