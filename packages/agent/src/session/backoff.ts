/** Growing waits with jitter, so that many that failed together do not come back together. */
export class Backoff {
  #attempt = 0

  constructor(
    private readonly range: { firstMs: number; mostMs: number },
    private readonly random: () => number = Math.random,
  ) {}

  /** Between half and the whole of a wait that doubles each time. */
  next(): number {
    const whole = Math.min(this.range.firstMs * 2 ** this.#attempt, this.range.mostMs)
    this.#attempt = Math.min(this.#attempt + 1, 30)
    return Math.round(whole * (0.5 + this.random() / 2))
  }

  reset(): void {
    this.#attempt = 0
  }
}
