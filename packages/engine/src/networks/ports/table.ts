import { conflict, internal } from '@essaim/base'
import type { Protocol } from '../records.js'

/** Docker's range for ports that nobody named, where the kernel keeps its own default (ip_local_port_range). */
const ephemeral: [number, number] = [32768, 60999]

/** Which ports of the host are given out, to whom. Deciding is at once, so that two never get the same. */
export class PortTable {
  readonly #taken = new Map<string, { ip: string; owner: string }[]>()
  readonly #lastEphemeral = new Map<Protocol, number>()

  /** Throws Docker's `Bind for IP:PORT failed: port is already allocated`. */
  take(protocol: Protocol, ip: string, port: number, owner: string): void {
    if (!this.free(protocol, ip, port)) {
      throw conflict('port.taken', `Bind for ${ip}:${port} failed: port is already allocated`)
    }
    const key = `${protocol}/${port}`
    this.#taken.set(key, [...(this.#taken.get(key) ?? []), { ip, owner }])
  }

  /** The first free port of the range that also `usable` accepts; after the last one that was given, without a range. */
  takeFrom(protocol: Protocol, ip: string, range: [number, number] | undefined, owner: string): number {
    const [first, last] = range ?? ephemeral
    const count = last - first + 1
    const start = range ? 0 : (this.#lastEphemeral.get(protocol) ?? first - 1) + 1 - first
    for (let step = 0; step < count; step++) {
      const port = first + ((start + step) % count)
      if (!this.free(protocol, ip, port)) continue
      this.take(protocol, ip, port, owner)
      if (!range) this.#lastEphemeral.set(protocol, port)
      return port
    }
    if (range && first === last) this.take(protocol, ip, first, owner)
    throw internal('port.exhausted', 'all ports are allocated')
  }

  give(protocol: Protocol, ip: string, port: number, owner: string): void {
    const key = `${protocol}/${port}`
    const rest = (this.#taken.get(key) ?? []).filter((one) => one.ip !== ip || one.owner !== owner)
    if (rest.length > 0) this.#taken.set(key, rest)
    else this.#taken.delete(key)
  }

  free(protocol: Protocol, ip: string, port: number): boolean {
    const holders = this.#taken.get(`${protocol}/${port}`) ?? []
    return !holders.some((holder) => holder.ip === ip || anyAddress(ip, holder.ip))
  }

  /** How many are given out, for the tests' question whether something leaks. */
  get size(): number {
    return this.#taken.size
  }
}

/** 0.0.0.0 meets every IPv4 address, `::` every IPv6 address. */
function anyAddress(a: string, b: string): boolean {
  if (a.includes(':') !== b.includes(':')) return false
  return [a, b].some((ip) => ip === '0.0.0.0' || ip === '::')
}
