import type { CallOptions, Channel } from './channel.js'
import { methodOf, type Method } from './protocol.js'
import { timeOf, type Timestamp } from './time.js'
import { writeMethod } from './write-encoding.js'
import { BlobWriter } from './writer.js'

export interface Blob {
  digest: string
  size: number
  labels: Record<string, string>
  /** RFC 3339. */
  createdAt: string
}

/** A blob that is being written. */
export interface Ingest {
  ref: string
  /** Bytes that have arrived. */
  offset: number
  total: number
  expected: string
}

type WireBlob = Omit<Blob, 'createdAt'> & { createdAt: Timestamp | null }

const method = <Request, Response>(name: string): Method<Request, Response> =>
  methodOf('containerd.services.content.v1.Content', name)

/** Bytes that are asked for at a time: what is asked for is read ahead into memory, whether anybody takes it or not. */
const piece = 4 << 20

/** Blobs by digest. */
export class ContentService {
  constructor(private readonly channel: Channel) {}

  async info(digest: string, options?: CallOptions): Promise<Blob> {
    return blobOf((await this.channel.unary(method<object, { info: WireBlob }>('Info'), { digest }, options)).info)
  }

  /** Sets the labels given (an empty value removes one), and leaves others. */
  async label(digest: string, labels: Record<string, string>, options?: CallOptions): Promise<void> {
    const paths = Object.keys(labels).map((label) => `labels.${label}`)
    const request = { info: { digest, labels }, updateMask: { paths } }
    await this.channel.unary(method<object, object>('Update'), request, options)
  }

  async list(filters: string[] = [], options?: CallOptions): Promise<Blob[]> {
    const found: Blob[] = []
    const call = method<object, { info: WireBlob[] }>('List')
    for await (const { info } of this.channel.stream(call, { filters }, options)) found.push(...info.map(blobOf))
    return found
  }

  async delete(digest: string, options?: CallOptions): Promise<void> {
    await this.channel.unary(method<object, object>('Delete'), { digest }, options)
  }

  /** The blob's bytes in chunks. */
  async *read(digest: string, options?: CallOptions): AsyncGenerator<Buffer> {
    const call = method<object, { data: Buffer }>('Read')
    const { size: whole } = await this.info(digest, options)
    for (let offset = 0; offset < whole; offset += piece) {
      const size = Math.min(piece, whole - offset)
      for await (const { data } of this.channel.stream(call, { digest, offset, size }, options)) yield data
    }
  }

  /** The whole of a small blob. */
  async readAll(digest: string, options?: CallOptions): Promise<Buffer> {
    const chunks: Buffer[] = []
    for await (const chunk of this.read(digest, options)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }

  async statuses(filters: string[] = [], options?: CallOptions): Promise<Ingest[]> {
    const call = method<object, { statuses: Ingest[] }>('ListStatuses')
    return (await this.channel.unary(call, { filters }, options)).statuses
  }

  /** Forgets what was written under `ref`. */
  async abort(ref: string, options?: CallOptions): Promise<void> {
    await this.channel.unary(method<object, object>('Abort'), { ref }, options)
  }

  /** Opens `ref` for writing; only one writer at a time may (another gets UNAVAILABLE, `ref ... locked`). */
  writer(ref: string, options: CallOptions = {}): BlobWriter {
    const write = writeMethod()
    return new BlobWriter(this.channel.duplex(write, options), ref, write.path)
  }
}

const blobOf = (wire: WireBlob): Blob => ({ ...wire, createdAt: timeOf(wire.createdAt) })
