import type { ClientDuplexStream } from '@grpc/grpc-js'
import { toContainerdError } from './error.js'

export interface WriteRequest {
  action: 'STAT' | 'WRITE' | 'COMMIT'
  ref?: string
  total?: number
  expected?: string
  offset?: number
  data?: Buffer
  labels?: Record<string, string>
}

export interface WriteResponse {
  action: 'STAT' | 'WRITE' | 'COMMIT'
  offset: number
  total: number
  digest: string
}

/** One blob on its way into the content store. Every request has one answer: at most one is on its way. */
export class BlobWriter implements AsyncDisposable {
  readonly #answers: AsyncIterator<WriteResponse>
  #offset = 0

  constructor(
    private readonly call: ClientDuplexStream<WriteRequest, WriteResponse>,
    readonly ref: string,
    private readonly path: string,
  ) {
    this.#answers = call[Symbol.asyncIterator]() as AsyncIterator<WriteResponse>
    // The iterator reports a failure to whoever asks next; one that comes later has no listener of its own.
    call.on('error', () => {})
  }

  /** Bytes that have been written. */
  get offset(): number {
    return this.#offset
  }

  /** Claims the ref and answers how many bytes an earlier writer has left there: go on from that offset. */
  async open(expected?: { digest: string; size: number }): Promise<number> {
    const answer = await this.#ask({
      action: 'STAT',
      ref: this.ref,
      ...(expected && { expected: expected.digest, total: expected.size }),
    })
    this.#offset = answer.offset
    return this.#offset
  }

  /** At most 1 MiB a call is kind to the channel. */
  async write(data: Buffer): Promise<void> {
    const answer = await this.#ask({ action: 'WRITE', ref: this.ref, offset: this.#offset, data })
    this.#offset = answer.offset
  }

  /**
   * Answers the blob's digest. Throws FAILED_PRECONDITION when the content is not what was expected (the ingest stays:
   * abort it), and ALREADY_EXISTS when the blob is there already, which is as good as success.
   */
  async commit(expected: { digest: string; size: number }, labels: Record<string, string> = {}): Promise<string> {
    const answer = await this.#ask({
      action: 'COMMIT',
      ref: this.ref,
      offset: this.#offset,
      total: expected.size,
      expected: expected.digest,
      labels,
    })
    return answer.digest
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.call.end()
    this.call.cancel()
    await this.#answers.return?.().catch(() => {})
  }

  async #ask(request: WriteRequest): Promise<WriteResponse> {
    try {
      this.call.write(request)
      const { value, done } = await this.#answers.next()
      if (done === true) throw new Error(`containerd closed the write of ${this.ref}`)
      return value
    } catch (error) {
      throw toContainerdError(error, this.path)
    }
  }
}
