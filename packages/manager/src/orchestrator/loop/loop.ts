import { setImmediate as turn } from 'node:timers/promises'
import { messageOf } from '@essaim/base'
import type { Clock, Ids, Logger } from '@essaim/base'
import type { Identity } from '@essaim/api-types'
import type { Change, Store, Tx } from '../../store/contract.js'
import type { Moment, Pass } from './pass.js'
import { RecordingTx } from './recording.js'

/** How often the passes may take turns within one write before the rest is left for the next. */
const maxRounds = 32
/** After a failed write, in milliseconds. */
const retryDelay = 1000

export interface LoopOptions {
  store: Store
  clock: Clock
  ids: Ids
  logger: Logger
  passes: readonly Pass[]
}

/**
 * Runs the passes whenever something has changed or come due: at once when idle, and otherwise when the write under
 * way is done, so that what comes together is handled together.
 */
export class Loop {
  /** Tells the batches of this loop from those of others: the store hands on the very object. */
  readonly #author: Identity = { name: 'system' }
  readonly #ended = new AbortController()
  readonly #watching: Promise<void>
  #running: Promise<void> | undefined
  #timer: { time: number; cancel: () => void } | undefined

  constructor(private readonly options: LoopOptions) {
    this.#watching = this.#watch()
  }

  async close(): Promise<void> {
    this.#ended.abort()
    this.#timer?.cancel()
    await this.#watching
    await this.#running
  }

  async #watch(): Promise<void> {
    const { store, logger } = this.options
    while (!this.#ended.signal.aborted) {
      const { changes } = store.watch(this.#ended.signal)
      this.#reset()
      this.#kick()
      try {
        for await (const batch of changes) {
          for (const change of batch.changes) this.#tell(change, batch.author !== this.#author)
          this.#kick()
        }
        return
      } catch (error) {
        logger.warn('the control loops missed changes and look at everything again', { error: messageOf(error) })
      }
    }
  }

  /** Writes until nothing is left to do now, then waits for the next deadline. */
  #kick(): void {
    if (this.#running !== undefined || this.#ended.signal.aborted) return
    if (!this.#hasWork()) return this.#sleep()
    this.#running = this.#write().finally(() => {
      this.#running = undefined
      this.#kick()
    })
  }

  async #write(): Promise<void> {
    const reasons: string[] = []
    const reason = (): string => reasons.join('; ')
    // One turn of the event loop: batches that are there already are taken along.
    await turn()
    try {
      await this.options.store.update(this.#author, reason, (tx) => this.#rounds(tx, reasons))
    } catch (error) {
      if (this.#ended.signal.aborted) return
      this.options.logger.error('the control loops could not write', { error: messageOf(error) })
      await this.#pause(retryDelay)
      this.#reset()
    }
  }

  #rounds(tx: Tx, reasons: string[]): void {
    const { clock, ids, passes, logger } = this.options
    const moment: Moment = { now: clock.now(), newId: () => ids.swarm() }
    const recording = new RecordingTx(tx, (change) => this.#tell(change, true))
    for (let round = 0; round < maxRounds; round++) {
      const ready = passes.filter((pass) => hasWork(pass, moment.now))
      if (ready.length === 0) return
      for (const pass of ready) {
        const reason = pass.run(recording, moment)
        if (reason !== undefined) reasons.push(reason)
      }
    }
    logger.warn('the control loops came to no end in one write', { last: reasons.slice(-3).join('; ') })
  }

  #tell(change: Change, noted: boolean): void {
    for (const pass of this.options.passes) {
      if (noted) pass.mark(change)
      pass.follow?.(change)
    }
  }

  #reset(): void {
    for (const pass of this.options.passes) pass.reset(this.options.store.view())
  }

  #hasWork(): boolean {
    const now = this.options.clock.now()
    return this.options.passes.some((pass) => hasWork(pass, now))
  }

  #sleep(): void {
    const { passes, clock } = this.options
    const time = Math.min(...passes.map((pass) => pass.due() ?? Infinity))
    if (this.#timer?.time === time) return
    this.#timer?.cancel()
    this.#timer = undefined
    if (time === Infinity) return
    const cancel = clock.after(Math.max(0, time - clock.now()), () => {
      this.#timer = undefined
      this.#kick()
    })
    this.#timer = { time, cancel }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.options.clock.after(ms, resolve)
      this.#ended.signal.addEventListener('abort', () => (cancel(), resolve()), { once: true })
    })
  }
}

const hasWork = (pass: Pass, now: number): boolean => pass.dirty() || (pass.due() ?? Infinity) <= now
