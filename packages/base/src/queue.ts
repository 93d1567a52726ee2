/**
 * A bounded queue that is read as an async iterable. `push` answers false when the reader is too slow and the queue
 * was closed with `overflow`: a slow watcher is closed and re-lists, it is never skipped over.
 */
export class AsyncQueue<T> implements AsyncIterable<T> {
  #items: T[] = []
  #wake: (() => void) | undefined
  #closed = false
  #error: unknown

  constructor(
    private readonly limit = Infinity,
    private readonly onClose: () => void = () => {},
  ) {}

  /** What was pushed and not read yet. */
  get size(): number {
    return this.#items.length
  }

  push(item: T): boolean {
    if (this.#closed) return false
    if (this.#items.length >= this.limit) {
      this.close(new Error(`the reader fell ${this.limit} items behind`))
      return false
    }
    this.#items.push(item)
    this.#wake?.()
    return true
  }

  /** What was pushed is still read; then the iteration ends, or throws `error`. */
  close(error?: unknown): void {
    if (this.#closed) return
    this.#closed = true
    this.#error = error
    this.#wake?.()
    this.onClose()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      for (;;) {
        while (this.#items.length > 0) yield this.#items.shift() as T
        if (this.#closed) break
        await new Promise<void>((resolve) => (this.#wake = resolve))
        this.#wake = undefined
      }
      if (this.#error !== undefined) throw this.#error
    } finally {
      this.close()
    }
  }
}
