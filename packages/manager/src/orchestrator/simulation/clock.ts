import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '@essaim/base'
import { Heap } from '../../scheduler/heap.js'

interface Timer {
  time: number
  run: () => void
  cancelled: boolean
}

/** A clock that stands until it is moved. */
export class SimulatedClock implements Clock {
  #now = Date.parse('2026-01-01T00:00:00Z')
  readonly #timers = new Heap<Timer>((a, b) => a.time < b.time)

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { time: this.#now + ms, run, cancelled: false }
    this.#timers.push(timer)
    return () => (timer.cancelled = true)
  }

  /** Moves on by `ms`; each timer on the way runs at its own time, and what it sets off is waited for. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms
    await settle()
    for (let next = this.#timers.peek(); next !== undefined && next.time <= end; next = this.#timers.peek()) {
      this.#timers.pop()
      if (next.cancelled) continue
      this.#now = Math.max(this.#now, next.time)
      next.run()
      await settle()
    }
    this.#now = end
    await settle()
  }
}

/** Lets everything happen that needs no time. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 12; i++) await turn()
}
