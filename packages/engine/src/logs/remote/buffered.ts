import type { LogEntry } from '@essaim/api-types'
import type { LogSink } from './sink.js'

/** What one call hands on at most, so that giving up never waits for much. */
const batch = 64

/** In front of a receiver that may be slow: never makes the writer wait. What does not fit is dropped. */
export class BufferedSink implements LogSink {
  #queue: LogEntry[] = []
  #bytes = 0
  #pump: Promise<void> | undefined
  #givenUp = false

  constructor(
    private readonly inner: LogSink,
    private readonly maxBytes: number,
    /** Told why lines were lost. */
    private readonly onLost: (error: Error) => void,
  ) {}

  /** Nobody need be there. */
  async connect(): Promise<void> {}

  async write(entries: LogEntry[]): Promise<void> {
    for (const entry of entries) {
      if (this.#queue.length > 0 && this.#bytes + entry.data.length > this.maxBytes) {
        this.onLost(new Error(`the buffer of ${this.maxBytes} bytes is full`))
        break
      }
      // Lines are views of a whole read: a copy keeps no more than itself.
      this.#queue.push({ ...entry, data: Buffer.from(entry.data) })
      this.#bytes += entry.data.length
    }
    this.#pump ??= this.#drain().finally(() => (this.#pump = undefined))
  }

  giveUp(): void {
    this.#givenUp = true
    this.inner.giveUp()
  }

  async close(): Promise<void> {
    await this.#pump
    await this.inner.close()
  }

  async #drain(): Promise<void> {
    while (this.#queue.length > 0 && !this.#givenUp) {
      const entries = this.#queue.splice(0, batch)
      try {
        await this.inner.write(entries)
      } catch (error) {
        this.onLost(error as Error)
      }
      this.#bytes -= entries.reduce((sum, { data }) => sum + data.length, 0)
    }
  }
}
