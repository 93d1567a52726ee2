import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Client } from '@essaim/client'

/** Creates one config after another through a manager, and remembers which of them were acknowledged. */
export class Writer {
  readonly acknowledged: string[] = []
  readonly refused: string[] = []
  /** The longest time between two acknowledged writes, in milliseconds. */
  longestGapMs = 0
  #last = Date.now()
  #ended = false
  readonly #done: Promise<void>

  constructor(
    host: string,
    private readonly prefix: string,
    private readonly everyMs = 20,
  ) {
    this.#done = this.#write(connect(host))
  }

  /** Resolves once another `count` are acknowledged. */
  async more(count: number): Promise<void> {
    const until = this.acknowledged.length + count
    for (const end = Date.now() + 60_000; this.acknowledged.length < until; await sleep(20)) {
      if (Date.now() > end) throw new Error(`no write is acknowledged: ${this.refused.at(-1) ?? 'none was answered'}`)
    }
  }

  async stop(): Promise<void> {
    this.#ended = true
    await this.#done
  }

  async #write(client: Client): Promise<void> {
    for (let n = 0; !this.#ended; n++) {
      const Name = `${this.prefix}${n}`
      try {
        await client.configs.create({ Name, Data: Buffer.from(Name).toString('base64') })
        const now = Date.now()
        this.longestGapMs = Math.max(this.longestGapMs, now - this.#last)
        this.#last = now
        this.acknowledged.push(Name)
      } catch (error) {
        this.refused.push(error instanceof Error ? error.message : String(error))
      }
      await sleep(this.everyMs)
    }
  }
}

/** Names that were acknowledged and are not there. */
export async function lost(host: string, writer: Writer): Promise<string[]> {
  const there = new Set((await connect(host).configs.list()).map(({ Spec }) => Spec.Name))
  return writer.acknowledged.filter((name) => !there.has(name))
}
