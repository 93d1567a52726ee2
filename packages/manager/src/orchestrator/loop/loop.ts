import { messageOf } from '@essaim/base'
import type { Clock, Ids, Logger } from '@essaim/base'
import type { Identity } from '@essaim/api-types'
import type { Change, Responder, Store, Tx } from '../../store/contract.js'
import type { Moment, Pass } from './pass.js'
import { RecordingTx } from './recording.js'

/** How often the passes may take turns within one commit before the rest is left for the next. */
const maxRounds = 32
/** After a failed commit, in milliseconds. */
const retryDelay = 1000

export interface LoopOptions {
  store: Store
  clock: Clock
  ids: Ids
  logger: Logger
  passes: readonly Pass[]
}

/** Runs the passes within every commit that changes something, and when one of them has come due. */
export class Loop implements Responder {
  readonly author: Identity = { name: 'system' }
  readonly #leave: () => void
  /** What the passes have noted is not what is stored. */
  #stale = true
  #closed = false
  #timer: { time: number; cancel: () => void } | undefined

  constructor(private readonly options: LoopOptions) {
    this.#leave = options.store.respond(this)
    this.#kick()
  }

  close(): Promise<void> {
    this.#closed = true
    this.#leave()
    this.#timer?.cancel()
    return Promise.resolve()
  }

  respond(tx: Tx, changes: readonly Change[]): string | undefined {
    if (this.#stale) for (const pass of this.options.passes) pass.reset(tx)
    else for (const change of changes) this.#mark(change)
    this.#stale = false
    const reasons = this.#rounds(tx)
    this.#sleep(this.#due())
    return reasons.length === 0 ? undefined : reasons.join('; ')
  }

  failed(error: unknown): void {
    this.options.logger.error('the control loops could not write', { error: messageOf(error) })
    this.#stale = true
    this.#sleep(this.options.clock.now() + retryDelay)
  }

  /** An empty write: its commit is what the passes do in it. */
  #kick(): void {
    if (this.#closed) return
    this.options.store
      .update(this.author, 'time', () => {})
      .catch((error: unknown) => {
        if (!this.#closed) this.failed(error)
      })
  }

  #rounds(tx: Tx): string[] {
    const { clock, ids, passes, logger } = this.options
    const moment: Moment = { now: clock.now(), newId: () => ids.swarm() }
    const recording = new RecordingTx(tx, (change) => this.#mark(change))
    const reasons: string[] = []
    for (let round = 0; round < maxRounds; round++) {
      const ready = passes.filter((pass) => pass.dirty() || (pass.due() ?? Infinity) <= moment.now)
      if (ready.length === 0) return reasons
      for (const pass of ready) {
        const reason = pass.run(recording, moment)
        if (reason !== undefined) reasons.push(reason)
      }
    }
    logger.warn('the control loops came to no end in one write', { last: reasons.slice(-3).join('; ') })
    return reasons
  }

  #mark(change: Change): void {
    for (const pass of this.options.passes) pass.mark(change)
  }

  #due(): number {
    const { passes, clock } = this.options
    if (passes.some((pass) => pass.dirty())) return clock.now()
    return Math.min(...passes.map((pass) => pass.due() ?? Infinity))
  }

  #sleep(until: number): void {
    if (this.#timer?.time === until) return
    this.#timer?.cancel()
    this.#timer = undefined
    if (until === Infinity || this.#closed) return
    const { clock } = this.options
    const cancel = clock.after(Math.max(0, until - clock.now()), () => {
      this.#timer = undefined
      this.#kick()
    })
    this.#timer = { time: until, cancel }
  }
}
