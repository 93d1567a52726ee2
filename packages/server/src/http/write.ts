import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** Writes and waits while the reader is slow. Rejects when the reader is gone. */
export async function write(to: Writable, data: Buffer | string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (!to.write(data)) await once(to, 'drain', { signal })
}
