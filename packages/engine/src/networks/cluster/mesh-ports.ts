import { messageOf, type Logger } from '@essaim/base'
import type { PublishedPorts } from '../ports/published.js'
import type { PublishedPort } from '../records.js'
import type { MeshPort } from '../rules/host.js'

/** Keeps containers and other programs off the ports of the mesh, as long as they are published. */
export class MeshPorts {
  readonly #held = new Map<string, PublishedPort[]>()

  constructor(
    private readonly ports: PublishedPorts,
    private readonly mesh: () => MeshPort[],
    private readonly logger: Logger,
  ) {}

  /** A port that is held by something else is reported; the mesh serves it where it can. */
  async sync(): Promise<void> {
    const wanted = new Map(this.mesh().map((port) => [keyOf(port), port]))
    const gone = [...this.#held].filter(([key]) => !wanted.has(key))
    for (const [key, held] of gone) {
      this.#held.delete(key)
      await this.ports.release(key, held)
    }
    for (const [key, port] of wanted) {
      if (!this.#held.has(key)) this.#held.set(key, await this.#hold(key, port))
    }
  }

  async #hold(key: string, port: MeshPort): Promise<PublishedPort[]> {
    const { protocol, publishedPort, targetPort } = port
    const wish = {
      protocol,
      containerPort: targetPort,
      hostIp: '',
      range: [publishedPort, publishedPort] as [number, number],
    }
    try {
      return await this.ports.publish(key, [wish], '0.0.0.0', () => () => this.#anyTask(key))
    } catch (error) {
      this.logger.error('a published port of a service is taken on this host', {
        port: publishedPort,
        error: messageOf(error),
      })
      return []
    }
  }

  #anyTask(key: string): { host: string; port: number } | undefined {
    const port = this.mesh().find((one) => keyOf(one) === key)
    const host = port?.addresses[Math.floor(Math.random() * port.addresses.length)]
    return port && host !== undefined ? { host, port: port.targetPort } : undefined
  }
}

const keyOf = ({ protocol, publishedPort }: MeshPort): string => `mesh ${protocol} ${publishedPort}`
