import { EssaimError, messageOf, type Logger } from '@essaim/base'
import { hasIPv6 } from '../kernel/host.js'
import { familyOf, type Family } from '../ipam/address.js'
import type { Protocol, PublishedPort } from '../records.js'
import type { PortWish } from './bindings.js'
import { HeldPort, type Target } from './holder.js'
import { PortTable } from './table.js'

/** The published ports of this host: given out, and held by real sockets. */
export class PublishedPorts {
  readonly #table = new PortTable()
  readonly #held = new Map<string, HeldPort>()

  constructor(private readonly logger: Logger) {}

  /**
   * All or nothing. `target` says where a port of the container is reached. Nothing is done for addresses of `routed`
   * families: there the container is reached by its own.
   */
  async publish(
    owner: string,
    wishes: PortWish[],
    defaultIp: string,
    target: (containerPort: number) => Target,
    routed: Family[] = [],
  ): Promise<PublishedPort[]> {
    const done: PublishedPort[] = []
    try {
      for (const wish of wishes) {
        const { protocol, containerPort } = wish
        const first = wish.hostIp === '' ? defaultIp : wish.hostIp
        const both = first === '0.0.0.0' && wish.hostIp === '' && hasIPv6()
        let { range } = wish
        for (const hostIp of both ? [first, '::'] : [first]) {
          if (routed.includes(familyOf(hostIp))) continue
          const hostPort = await this.#open(owner, protocol, hostIp, range, target(containerPort))
          range = [hostPort, hostPort]
          done.push({ protocol, hostIp, hostPort, containerPort })
        }
      }
      return done
    } catch (error) {
      await this.release(owner, done)
      throw error
    }
  }

  /** After a restart: these were published before. What another program took meanwhile is reported, not lost. */
  async adopt(owner: string, ports: PublishedPort[], target: (containerPort: number) => Target): Promise<void> {
    for (const { protocol, hostIp, hostPort, containerPort } of ports) {
      try {
        await this.#open(owner, protocol, hostIp, [hostPort, hostPort], target(containerPort))
      } catch (error) {
        this.logger.warn('a published port is held by another program', { port: hostPort, error: messageOf(error) })
      }
    }
  }

  async release(owner: string, ports: PublishedPort[]): Promise<void> {
    for (const { protocol, hostIp, hostPort } of ports) {
      const key = keyOf(owner, protocol, hostIp, hostPort)
      const held = this.#held.get(key)
      this.#held.delete(key)
      await held?.close()
      this.#table.give(protocol, hostIp, hostPort, owner)
    }
  }

  get size(): number {
    return this.#table.size
  }

  async close(): Promise<void> {
    await Promise.all([...this.#held.values()].map((held) => held.close()))
    this.#held.clear()
  }

  /** A port of a range, or any, that another program holds is passed over; one that was named is refused. */
  async #open(
    owner: string,
    protocol: Protocol,
    ip: string,
    range: [number, number] | undefined,
    target: Target,
  ): Promise<number> {
    const passed: number[] = []
    const choice = !range || range[0] !== range[1]
    try {
      for (;;) {
        const port = this.#table.takeFrom(protocol, ip, range, owner)
        try {
          // No process of ours can hold a port of SCTP; the table still gives it to one container only.
          if (protocol === 'sctp') return port
          this.#held.set(keyOf(owner, protocol, ip, port), await HeldPort.open(protocol, ip, port, target))
          return port
        } catch (error) {
          passed.push(port)
          if (!choice || !(error instanceof EssaimError)) throw error
        }
      }
    } finally {
      for (const port of passed) this.#table.give(protocol, ip, port, owner)
    }
  }
}

function keyOf(owner: string, protocol: Protocol, ip: string, port: number): string {
  return `${owner} ${protocol} ${ip} ${port}`
}
