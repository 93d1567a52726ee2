import { setTimeout as sleep } from 'node:timers/promises'
import { connect } from '@essaim/client'
import type { TestHost } from '@essaim/testing'

/**
 * How long after a worker's session a slot may still run twice, in milliseconds: the complete list is on its way and the
 * old tasks have their stop grace (100 ms in this soak); the rest is for a machine that is busy.
 */
export const afterSessionMs = 5_000

/** Asks every host all the time which slots run there, and keeps what runs twice without an excuse. */
export class Slots {
  readonly violations: string[] = []
  samples = 0
  /** The longest that a slot ran twice after the worker was in session again, in milliseconds. */
  longestMs = 0
  #over = false
  #pairs = new Set<string>()
  readonly #apartUntil = new Map<TestHost, number>()

  constructor(
    private readonly manager: TestHost,
    private readonly hosts: TestHost[],
    private readonly isApart: (host: TestHost) => boolean,
  ) {}

  async watch(): Promise<void> {
    while (!this.#over) {
      await this.#sample()
      await sleep(250)
    }
  }

  end(): void {
    this.#over = true
  }

  async #sample(): Promise<void> {
    const nodes = await connect(this.manager.host).nodes.list()
    const ready = new Set(
      nodes.filter(({ Status }) => Status.State === 'ready').map((node) => node.Description.Hostname),
    )
    const now = Date.now()
    for (const host of this.hosts) {
      if (this.isApart(host) || !ready.has(host.hostname)) this.#apartUntil.set(host, now)
    }
    const bySlot = new Map<string, { host: TestHost; id: string }[]>()
    for (const host of this.hosts) {
      const running = await connect(host.host).containers.list({ filters: { label: ['com.docker.swarm.task.id'] } })
      for (const { Id: id = '', Names: names = [] } of running) {
        const slot = (names[0] ?? '').split('.').slice(0, 2).join('.')
        bySlot.set(slot, [...(bySlot.get(slot) ?? []), { host, id }])
      }
    }
    // Hosts are asked one after the other: only a pair that is there the next time too was there at one time.
    const pairs = new Set<string>()
    for (const [slot, found] of bySlot) {
      if (found.length < 2) continue
      const pair = `${slot} ${found.map(({ host, id }) => `${host.hostname}:${id.slice(0, 12)}`).join(' ')}`
      pairs.add(pair)
      if (this.#pairs.has(pair)) this.#judge(pair, now, found)
    }
    this.#pairs = pairs
    this.samples++
  }

  #judge(pair: string, now: number, found: { host: TestHost }[]): void {
    const since = Math.min(...found.map(({ host }) => now - (this.#apartUntil.get(host) ?? -Infinity)))
    if (since <= afterSessionMs) this.longestMs = Math.max(this.longestMs, since)
    else this.violations.push(`a slot runs twice: ${pair}`)
  }
}
