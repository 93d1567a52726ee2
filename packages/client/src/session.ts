import type { StreamChunk } from '@essaim/api-types'
import type { Writable } from 'node:stream'
import { demultiplex, unframed } from './streams/frames.js'
import type { WireSession } from './transport/transport.js'

/** A live conversation with a process: attach, or exec. */
export interface Session {
  output: AsyncIterable<StreamChunk>
  /** Ending it ends the process's standard input. */
  input: Writable
  /** Breaks the connection; the process is not told. */
  close(): void
}

export function sessionOn(wire: WireSession, tty: boolean): Session {
  const output = tty ? unframed(wire.output) : demultiplex(wire.output)
  return { output, input: wire.input, close: () => wire.close() }
}
