/** One operation at a time per key; others wait in order of arrival. */
export class KeyedLock {
  #tails = new Map<string, Promise<unknown>>()

  async run<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve()
    const mine = before.then(work, work)
    const tail = mine.catch(() => {})
    this.#tails.set(key, tail)
    try {
      return await mine
    } finally {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    }
  }

  busy(key: string): boolean {
    return this.#tails.has(key)
  }
}

/** At most `limit` operations at a time. */
export class Gate {
  #running = 0
  #waiting: (() => void)[] = []

  constructor(private readonly limit: number) {}

  /** Whether the next one would have to wait. */
  get full(): boolean {
    return this.#running >= this.limit
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.full) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running++
    try {
      return await work()
    } finally {
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}
