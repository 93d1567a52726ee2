import { Client, Metadata, credentials, type ClientDuplexStream, type ClientReadableStream } from '@grpc/grpc-js'
import { ContainerdError, toContainerdError } from './error.js'
import type { Method } from './protocol.js'

export interface CallOptions {
  /** Cancels the call, which then rejects with the signal's reason. */
  signal?: AbortSignal
  /** Milliseconds from now; then the call fails with DEADLINE_EXCEEDED. */
  timeout?: number
  /** What the call creates is held by this lease. */
  lease?: string
}

/** A connection to containerd: every call goes out in one of its namespaces. */
export class Channel {
  readonly #client: Client

  /** `address` is the path of containerd's socket. Connects with the first call. */
  constructor(
    readonly address: string,
    readonly namespace: string,
  ) {
    this.#client = new Client(`unix://${address}`, credentials.createInsecure(), {
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.min_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 1000,
      'grpc.max_receive_message_length': 64 << 20,
      'grpc.max_send_message_length': 64 << 20,
    })
  }

  unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: CallOptions = {},
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      const { signal } = options
      if (signal?.aborted) return reject(signal.reason as Error)
      const onAbort = (): void => call.cancel()
      const call = this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        this.#metadata(options),
        deadlineOf(options),
        (error, response) => {
          signal?.removeEventListener('abort', onAbort)
          if (error) reject(signal?.aborted ? (signal.reason as Error) : toContainerdError(error, method.path))
          else if (response === undefined) reject(new ContainerdError('INTERNAL', 'empty answer', method.path))
          else resolve(response)
        },
      )
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Leaving the loop ends the call; an aborted signal makes it throw the signal's reason. */
  async *stream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    options: CallOptions = {},
  ): AsyncGenerator<Response> {
    const { signal } = options
    signal?.throwIfAborted()
    const call: ClientReadableStream<Response> = this.#client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      this.#metadata(options),
      deadlineOf(options),
    )
    const onAbort = (): void => call.cancel()
    signal?.addEventListener('abort', onAbort, { once: true })
    try {
      for await (const item of call) yield item as Response
    } catch (error) {
      throw signal?.aborted ? (signal.reason as Error) : toContainerdError(error, method.path)
    } finally {
      signal?.removeEventListener('abort', onAbort)
      // Cancelling a call that is still open raises one last 'error', which nobody waits for any more.
      call.on('error', () => {})
      call.cancel()
    }
  }

  /** A conversation; its owner ends or cancels it. */
  duplex<Request, Response>(
    method: Method<Request, Response>,
    options: CallOptions = {},
  ): ClientDuplexStream<Request, Response> {
    return this.#client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      this.#metadata(options),
      deadlineOf(options),
    )
  }

  close(): void {
    this.#client.close()
  }

  #metadata(options: CallOptions): Metadata {
    const metadata = new Metadata({ waitForReady: false })
    metadata.set('containerd-namespace', this.namespace)
    if (options.lease !== undefined) metadata.set('containerd-lease', options.lease)
    return metadata
  }
}

const deadlineOf = (options: CallOptions): { deadline?: number } =>
  options.timeout === undefined ? {} : { deadline: Date.now() + options.timeout }
