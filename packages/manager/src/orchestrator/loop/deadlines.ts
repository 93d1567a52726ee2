import { Heap } from '../../scheduler/heap.js'

interface Deadline {
  key: string
  time: number
}

/** When to look again at each of many things, with one timer for all. */
export class Deadlines {
  readonly #times = new Map<string, number>()
  /** Holds replaced deadlines too; they are dropped when they come to the top. */
  readonly #heap = new Heap<Deadline>((a, b) => a.time < b.time)

  /** `undefined` for never. */
  set(key: string, time: number | undefined): void {
    if (time === this.#times.get(key)) return
    if (time === undefined) {
      this.#times.delete(key)
    } else {
      this.#times.set(key, time)
      this.#heap.push({ key, time })
    }
  }

  next(): number | undefined {
    for (let top = this.#heap.peek(); top !== undefined; top = this.#heap.peek()) {
      if (this.#times.get(top.key) === top.time) return top.time
      this.#heap.pop()
    }
    return undefined
  }

  /** The keys whose time has come; each is answered once. */
  take(now: number): string[] {
    const due: string[] = []
    for (let time = this.next(); time !== undefined && time <= now; time = this.next()) {
      const key = this.#heap.pop()?.key ?? ''
      this.#times.delete(key)
      due.push(key)
    }
    return due
  }

  clear(): void {
    this.#times.clear()
    while (this.#heap.size > 0) this.#heap.pop()
  }
}
