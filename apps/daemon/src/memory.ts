import { performance, type EventLoopUtilization } from 'node:perf_hooks'

/** How often it is looked, and what counts as quiet: less than this part of the time was spent working. */
const everyMs = 15_000
const quiet = 0.03

/** Garbage below this is not worth a collection (bytes). */
const worthwhile = 4 << 20

/**
 * Collects garbage once work is over. V8 does so only when it runs out of room, and a daemon that has nothing to do never
 * does: what a burst of work left would be held for good. Without `--expose-gc` nothing happens.
 */
export function collectWhenQuiet(): void {
  const { gc } = globalThis
  if (!gc) return
  let last: EventLoopUtilization = performance.eventLoopUtilization()
  let after = 0
  setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    if (utilization > quiet || process.memoryUsage().heapUsed < after + worthwhile) return
    // The second gives back the pages that the first has emptied.
    gc()
    gc()
    after = process.memoryUsage().heapUsed
  }, everyMs).unref()
}
