/** Time comes in from outside, so that deciding can run on a simulated clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls `run` once after `ms`; the answer cancels it. The timer does not keep the process alive. */
  after(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, run) {
    // setTimeout fires at once above 2^31-1 ms; a longer wait is taken in legs.
    const limit = 2 ** 31 - 1
    let timer = setTimeout(
      function leg() {
        ms -= limit
        if (ms > 0) timer = setTimeout(leg, Math.min(ms, limit)).unref()
        else run()
      },
      Math.min(ms, limit),
    ).unref()
    return () => clearTimeout(timer)
  },
}

/** RFC 3339 with nine digits, as Docker prints times. */
export function rfc3339(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000000Z')
}

let last = 0n
const anchor = (): bigint => BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint()
let offset = anchor()
/** Nanoseconds by which the fine clock may differ from the wall's, which whoever sets the time moves on and back. */
const tolerance = 2_000_000n
const second = 1_000_000_000n

/**
 * Now in RFC 3339 with true nanoseconds, strictly increasing within the process unless the time is set back by more than a
 * second: for events and log lines.
 */
export function nowNano(): string {
  const drift = anchor() - offset
  if (drift > tolerance || drift < -tolerance) {
    offset += drift
    if (drift < -second) last = 0n
  }
  const now = offset + process.hrtime.bigint()
  last = now > last ? now : last + 1n
  return formatNano(last)
}

/** `nanoseconds` since the epoch as RFC 3339 with nine digits. */
export function formatNano(nanoseconds: bigint): string {
  const seconds = new Date(Number(nanoseconds / 1_000_000_000n) * 1000).toISOString().slice(0, 19)
  return `${seconds}.${String(nanoseconds % 1_000_000_000n).padStart(9, '0')}Z`
}

/** Go's zero time, Docker's word for "never". */
export const zeroTime = '0001-01-01T00:00:00Z'

/** Resolves after `ms`, or rejects with the signal's reason. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason as Error)
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
