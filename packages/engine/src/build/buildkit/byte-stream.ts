import type { ClientDuplexStream } from '@grpc/grpc-js'
import { Duplex } from 'node:stream'

/** The largest piece that is sent at once: what buildkitd itself sends, well below gRPC's limit of 4 MiB. */
const maxPiece = 1 << 20

/** A call of two streams of bytes as one stream. `ended` is called once it is over, whoever ends it. */
export class ByteStream extends Duplex {
  constructor(
    private readonly call: ClientDuplexStream<Buffer, Buffer>,
    private readonly ended: () => void,
  ) {
    super({ allowHalfOpen: false })
    call.on('data', (data: Buffer) => {
      if (!this.push(data)) call.pause()
    })
    call.on('end', () => this.push(null))
    call.on('error', (error) => this.destroy(error))
  }

  override _read(): void {
    this.call.resume()
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    let flows = true
    for (let at = 0; at < chunk.length; at += maxPiece) flows = this.call.write(chunk.subarray(at, at + maxPiece))
    if (flows) done()
    else this.call.once('drain', () => done())
  }

  override _final(done: (error?: Error | null) => void): void {
    this.call.end()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.call.cancel()
    this.ended()
    done(error)
  }
}
