import { setTimeout as sleep } from 'node:timers/promises'
import type { TestHost } from '@essaim/testing'
import type { SeededRandom } from '../random.js'

/** How long one lasts, in milliseconds: from less than a missed heartbeat to three times what makes a node down. */
const leastMs = 300
const mostMs = 15_000

type Kind = 'whole' | 'to the manager' | 'from the manager' | 'between workers'

/** Partitions and heals of workers by chance; several at a time, but one for each host that packets are taken from. */
export class Cuts {
  readonly counts: Record<string, number> = {}
  readonly #busy = new Set<TestHost>()
  readonly #apart = new Map<TestHost, number>()

  constructor(
    private readonly manager: TestHost,
    private readonly workers: TestHost[],
    private readonly random: SeededRandom,
    private readonly say: (text: string) => void,
  ) {}

  /** Whether manager and worker cannot talk to each other now. */
  isApart(worker: TestHost): boolean {
    return (this.#apart.get(worker) ?? 0) > 0
  }

  /** `count` of them, one begun every `everyMs`; resolves when all are healed. */
  async run(count: number, everyMs: number): Promise<void> {
    const open: Promise<void>[] = []
    for (let begun = 0; begun < count;) {
      const cut = this.#begin()
      if (cut) {
        begun++
        open.push(cut)
        // A failure is thrown below; until then nobody waits for it.
        cut.catch(() => {})
      }
      await sleep(cut ? everyMs : 200)
    }
    await Promise.all(open)
  }

  /** Undefined when the host that chance chose is cut already. */
  #begin(): Promise<void> | undefined {
    const kinds = ['whole', 'whole', 'to the manager', 'from the manager', 'between workers'] as const
    const kind = this.random.pick(kinds) ?? 'whole'
    const worker = this.random.pick(this.workers)
    const other = this.random.pick(this.workers.filter((each) => each !== worker))
    const ms = this.random.between(leastMs, mostMs)
    if (!worker || !other) return undefined
    const source = kind === 'from the manager' ? this.manager : worker
    if (this.#busy.has(source)) return undefined
    return this.#cut(kind, source, worker, kind === 'between workers' ? other : this.manager, ms)
  }

  async #cut(kind: Kind, source: TestHost, worker: TestHost, other: TestHost, ms: number): Promise<void> {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1
    this.say(`${worker.hostname}: cut, ${kind}, for ${ms} ms`)
    this.#busy.add(source)
    const apart = kind === 'between workers' ? 0 : 1
    this.#apart.set(worker, (this.#apart.get(worker) ?? 0) + apart)
    if (kind === 'whole') await worker.cut()
    else await source.cutTo(kind === 'from the manager' ? worker : other)
    await sleep(ms)
    await source.heal()
    this.#apart.set(worker, (this.#apart.get(worker) ?? 0) - apart)
    this.#busy.delete(source)
  }
}
