import { AsyncQueue } from '@essaim/base'
import type { SessionMessage } from '@essaim/protocol'
import { Signal } from '../signal.js'
import { Told } from './told.js'

/** How many messages of the session itself an agent may leave untaken. */
const slack = 100

/** One agent that is connected. */
export class Session {
  readonly #ended = new AbortController()
  readonly messages: AsyncQueue<SessionMessage>
  /** Something that the node may have to know has changed. */
  readonly news = new Signal()
  readonly told = new Told()
  #cancelTimer: () => void = () => {}

  constructor(
    readonly id: string,
    readonly nodeId: string,
  ) {
    this.messages = new AsyncQueue(slack, () => this.end())
  }

  /** Ends with the session. */
  get signal(): AbortSignal {
    return this.#ended.signal
  }

  /** The agent is alive; `expire` cancels the next deadline. */
  renew(cancelTimer: () => void): void {
    this.#cancelTimer()
    this.#cancelTimer = cancelTimer
  }

  end(): void {
    if (this.#ended.signal.aborted) return
    this.#cancelTimer()
    this.#ended.abort()
    this.messages.close()
    this.news.raise()
  }
}
