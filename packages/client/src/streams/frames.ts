import type { StreamChunk } from '@essaim/api-types'
import { internal } from '@essaim/base'

const names = ['stdout', 'stdout', 'stderr'] as const

/**
 * Takes Docker's frames apart: eight bytes of head (stream, three zeros, length in big endian) before each piece.
 * Stream 3 carries an error of the engine's and is thrown.
 */
export async function* demultiplex(stream: AsyncIterable<Uint8Array>): AsyncGenerator<StreamChunk> {
  let pending: Buffer = Buffer.alloc(0)
  for await (const part of stream) {
    pending = pending.length === 0 ? Buffer.from(part) : Buffer.concat([pending, part])
    while (pending.length >= 8) {
      const length = pending.readUInt32BE(4)
      if (pending.length < 8 + length) break
      const data = pending.subarray(8, 8 + length)
      const name = names[pending.readUInt8(0)]
      if (name === undefined) throw internal('client.stream', data.toString())
      yield { stream: name, data }
      pending = pending.subarray(8 + length)
    }
  }
}

/** A terminal's output has no frames: it is all standard output. */
export async function* unframed(stream: AsyncIterable<Uint8Array>): AsyncGenerator<StreamChunk> {
  for await (const part of stream) yield { stream: 'stdout', data: Buffer.from(part) }
}
