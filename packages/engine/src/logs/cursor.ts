import type { StreamChunk } from '@essaim/api-types'
import type { Spool } from './spool.js'

export interface CursorSource {
  stream: 'stdout' | 'stderr'
  spool: Spool
  /** Where reading starts. */
  position: number
}

/**
 * Reads spools as they grow, at the reader's own pace, until all are finished and read, or `signal` says stop. The
 * reader is registered when this returns: nothing that is written later is missed.
 */
export function follow(sources: CursorSource[], signal: AbortSignal): AsyncIterable<StreamChunk> {
  const wakeup = new Wakeup()
  const stops = sources.map(({ spool }) => spool.onGrowth(() => wakeup.notify()))
  const stop = (): void => {
    for (const end of stops.splice(0)) end()
    wakeup.notify()
  }
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return read(
    sources.map((source) => ({ ...source })),
    wakeup,
    signal,
    () => {
      signal.removeEventListener('abort', stop)
      stop()
    },
  )
}

async function* read(
  cursors: CursorSource[],
  wakeup: Wakeup,
  signal: AbortSignal,
  stop: () => void,
): AsyncGenerator<StreamChunk> {
  try {
    while (!signal.aborted) {
      wakeup.reset()
      // Asked before the read: what is read after a finish is all there is.
      const last = cursors.every(({ spool }) => spool.finished)
      let read = 0
      for (const cursor of cursors) {
        const data = cursor.spool.read(cursor.position)
        if (data.length === 0) continue
        cursor.position += data.length
        read += data.length
        yield { stream: cursor.stream, data }
      }
      if (read > 0) continue
      if (last) return
      await wakeup.wait()
    }
  } finally {
    stop()
  }
}

/** Remembers a notification that comes while nobody waits. */
export class Wakeup {
  #notified = false
  #resolve: (() => void) | undefined

  notify(): void {
    this.#notified = true
    this.#resolve?.()
  }

  reset(): void {
    this.#notified = false
  }

  async wait(): Promise<void> {
    if (!this.#notified) await new Promise<void>((resolve) => (this.#resolve = resolve))
    this.#resolve = undefined
  }
}
