import type { Socket } from 'node:net'
import type { StreamChunk } from '@essaim/api-types'
import { Wakeup } from '../../logs/cursor.js'

/** Chunks of at most 64 KiB that may wait for a slow reader before its process has to. */
const ahead = 16

/**
 * What comes out of sockets, in the order in which it comes, until all have ended; then waits for `after`. The reader
 * sets the pace. Leaving the loop closes the sockets.
 */
export async function* mergeOutput(
  sources: { stream: StreamChunk['stream']; socket: Socket }[],
  after: Promise<unknown>,
  signal: AbortSignal,
): AsyncGenerator<StreamChunk> {
  const queue: StreamChunk[] = []
  const wakeup = new Wakeup()
  // One that wrote nothing may have come to its end before anybody reads.
  const open = new Set(sources.map(({ socket }) => socket).filter(({ closed }) => !closed))
  const onAbort = (): void => wakeup.notify()
  signal.addEventListener('abort', onAbort, { once: true })
  for (const { stream, socket } of sources) {
    socket.on('data', (data: Buffer) => {
      queue.push({ stream, data })
      if (queue.length >= ahead) socket.pause()
      wakeup.notify()
    })
    // 'close' follows an error as well as the end.
    socket.on('error', () => {})
    socket.on('close', () => {
      open.delete(socket)
      wakeup.notify()
    })
  }
  try {
    while (!signal.aborted) {
      wakeup.reset()
      for (let chunk = queue.shift(); chunk; chunk = queue.shift()) yield chunk
      for (const socket of open) socket.resume()
      if (open.size === 0 && queue.length === 0) break
      await wakeup.wait()
    }
    if (!signal.aborted) await after
  } finally {
    signal.removeEventListener('abort', onAbort)
    for (const { socket } of sources) socket.destroy()
  }
}
