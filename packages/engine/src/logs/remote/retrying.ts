import { sleep } from '@essaim/base'
import type { LogEntry } from '@essaim/api-types'
import type { LogSink } from './sink.js'
import type { Transport } from './transport.js'

export interface Retries {
  /** Further attempts after the first one. */
  most: number
  /** Milliseconds before attempt `n`, counted from 1. */
  delay: (n: number) => number
}

/** Sends a message for each line, and again when the connection was lost. */
export class RetryingSink implements LogSink {
  readonly #giveUp = new AbortController()

  constructor(
    private readonly transport: Transport,
    /** The messages that a line becomes. */
    private readonly format: (entry: LogEntry) => Buffer[],
    private readonly retries: Retries,
    /** Of the driver's own words for a receiver that is not there. */
    private readonly refusal: (error: Error) => Error = (error) => error,
    private readonly sendOne: (message: Buffer) => Promise<void> = (message) => transport.send(message),
  ) {}

  async connect(): Promise<void> {
    try {
      await this.transport.connect()
    } catch (error) {
      throw this.refusal(error as Error)
    }
  }

  async write(entries: LogEntry[]): Promise<void> {
    for (const entry of entries) for (const message of this.format(entry)) await this.#send(message)
  }

  giveUp(): void {
    this.#giveUp.abort(new Error('the receiver did not take the last lines in time'))
  }

  close(): Promise<void> {
    return this.transport.close()
  }

  async #send(message: Buffer): Promise<void> {
    const { signal } = this.#giveUp
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted()
      try {
        return await orAborted(this.sendOne(message), signal)
      } catch (error) {
        if (signal.aborted || attempt > this.retries.most) throw error
        await sleep(this.retries.delay(attempt), signal)
      }
    }
  }
}

/** The work's end, or the signal's if that is sooner. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
