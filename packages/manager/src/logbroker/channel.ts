import { Gate } from '@essaim/base'

/** Hands batches from several writers to one reader; a writer waits until its batch was taken, or rejects once closed. */
export class Channel<T> implements AsyncIterable<T> {
  readonly #oneAtATime = new Gate(1)
  #offer: { items: T[]; taken: () => void; refused: (error: unknown) => void } | undefined
  #wake: (() => void) | undefined
  #ended = false
  #error: unknown

  constructor(private readonly onEnd: () => void) {}

  write(items: T[]): Promise<void> {
    return this.#oneAtATime.run(() => {
      if (this.#ended) return Promise.reject(new Error('nobody listens any longer'))
      return new Promise<void>((taken, refused) => {
        this.#offer = { items, taken, refused }
        this.#wake?.()
      })
    })
  }

  /** The reader ends after what it has taken, or throws `error`; a batch on offer is refused. */
  end(error?: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    this.#offer?.refused(new Error('nobody listens any longer'))
    this.#offer = undefined
    this.#wake?.()
    this.onEnd()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      for (;;) {
        const offer = this.#offer
        this.#offer = undefined
        if (offer !== undefined) {
          offer.taken()
          yield* offer.items
        } else if (this.#ended) break
        else await new Promise<void>((resolve) => (this.#wake = resolve))
      }
      if (this.#error !== undefined) throw this.#error
    } finally {
      this.end()
    }
  }
}
