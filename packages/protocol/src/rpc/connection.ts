import { Client, Metadata, credentials, type CallOptions as GrpcOptions } from '@grpc/grpc-js'
import { X509Certificate } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'
import { unavailable } from '@essaim/base'
import type { Method } from './definitions.js'
import { peerOf, type NodeIdentity } from './peer.js'
import { fromStatus } from './refusal.js'
import { messageLimit } from './server.js'

export interface CallOptions {
  /** Cancels the call, which then rejects with the signal's reason. */
  signal?: AbortSignal
  /** Milliseconds from now. */
  timeoutMs?: number
}

/** Whom the caller takes for a manager. */
export type Trusting =
  /** One of its own cluster. */
  | { identity: NodeIdentity; clusterId: string }
  /** One whose certificate ends at these roots; the caller has no certificate. */
  | { roots: string }
  /** Whoever answers: only for asking what is then compared with a digest. */
  | 'anybody'

/** A connection to one manager. It is made with the first call. */
export class Connection {
  readonly #client: Client

  constructor(
    readonly address: string,
    trusting: Trusting,
  ) {
    this.#client = new Client(address, credentialsFor(trusting), {
      // Of its own: a connection that is given up must not be met again.
      'grpc.use_local_subchannel_pool': 1,
      'grpc.initial_reconnect_backoff_ms': 100,
      'grpc.min_reconnect_backoff_ms': 100,
      'grpc.max_reconnect_backoff_ms': 1000,
      'grpc.enable_http_proxy': 0,
      // Addresses are no names; what counts is checked by `checkManager`.
      'grpc.ssl_target_name_override': 'swarm-manager',
      'grpc.default_authority': 'swarm-manager',
      'grpc-node.flow_control_window': 1 << 20,
      'grpc.max_receive_message_length': messageLimit,
      'grpc.max_send_message_length': messageLimit,
      'grpc.keepalive_time_ms': 10_000,
      'grpc.keepalive_timeout_ms': 10_000,
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
        new Metadata(),
        deadlineOf(options),
        (error, response) => {
          signal?.removeEventListener('abort', onAbort)
          if (error) reject(signal?.aborted ? (signal.reason as Error) : this.#refused(error))
          else resolve(response as Response)
        },
      )
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  /** Leaving the loop ends the call; an aborted signal ends it without an error. */
  async *stream<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    signal: AbortSignal,
  ): AsyncGenerator<Response> {
    if (signal.aborted) return
    const call = this.#client.makeServerStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      new Metadata(),
    )
    const onAbort = (): void => call.cancel()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      for await (const item of call) yield item as Response
    } catch (error) {
      if (!signal.aborted) throw this.#refused(error)
    } finally {
      signal.removeEventListener('abort', onAbort)
      // Cancelling a call that is still open raises one last 'error', which nobody waits for any more.
      call.on('error', () => {})
      call.cancel()
    }
  }

  /** Sends all items, as fast as they are taken, and resolves with the answer; rejects when the other side ends first. */
  send<Request, Response>(method: Method<Request, Response>, items: AsyncIterable<Request>): Promise<Response> {
    return new Promise((resolve, reject) => {
      let open = true
      const call = this.#client.makeClientStreamRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        new Metadata(),
        (error, response) => {
          open = false
          if (error) reject(this.#refused(error))
          else resolve(response as Response)
        },
      )
      const write = async (): Promise<void> => {
        for await (const item of items) {
          if (!open) return
          if (!call.write(item)) await drained(call)
        }
        if (open) call.end()
      }
      write().catch((error: unknown) => {
        reject(error as Error)
        call.cancel()
      })
    })
  }

  /** Sends `items` and answers what comes meanwhile. Leaving the loop ends the call; an aborted signal does too. */
  async *converse<Request, Response>(
    method: Method<Request, Response>,
    items: AsyncIterable<Request>,
    signal: AbortSignal,
  ): AsyncGenerator<Response> {
    if (signal.aborted) return
    const call = this.#client.makeBidiStreamRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      new Metadata(),
    )
    const onAbort = (): void => call.cancel()
    signal.addEventListener('abort', onAbort, { once: true })
    const write = async (): Promise<void> => {
      for await (const item of items) {
        if (!call.writable) return
        if (!call.write(item)) await drained(call)
      }
      call.end()
    }
    write().catch(() => call.cancel())
    try {
      for await (const item of call) yield item as Response
    } catch (error) {
      if (!signal.aborted) throw this.#refused(error)
    } finally {
      signal.removeEventListener('abort', onAbort)
      call.on('error', () => {})
      call.cancel()
    }
  }

  close(): void {
    this.#client.close()
  }

  #refused(error: unknown): Error {
    const refusal = fromStatus(error)
    if (!('code' in refusal) || (refusal.code !== 'rpc.unavailable' && refusal.code !== 'rpc.deadline_exceeded'))
      return refusal
    const notSent = /^No connection established\. Last error: (Error: )?/
    const reason = refusal.message.replace(notSent, '')
    // What was not sent was not done.
    const code = notSent.test(refusal.message) ? 'rpc.not-connected' : 'rpc.unreachable'
    return unavailable(code, `manager ${this.address} cannot be reached: ${reason}`, { cause: error })
  }
}

/** Resolves when the stream takes more, or is over. */
export function drained(stream: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'close', 'error', 'cancelled', 'end', 'status']) stream.off(event, done)
      resolve()
    }
    for (const event of ['drain', 'close', 'error', 'cancelled', 'end', 'status']) stream.on(event, done)
  })
}

function credentialsFor(trusting: Trusting): ReturnType<typeof credentials.createSsl> {
  if (trusting === 'anybody') {
    return credentials.createSsl(null, null, null, { rejectUnauthorized: false, checkServerIdentity: () => undefined })
  }
  if ('roots' in trusting) {
    const checkServerIdentity = (_host: string, shown: PeerCertificate): Error | undefined => checkManager(shown)
    return credentials.createSsl(Buffer.from(trusting.roots), null, null, { checkServerIdentity })
  }
  const { identity, clusterId } = trusting
  const [roots, key, chain] = [identity.roots, identity.key, identity.certificate].map((pem) => Buffer.from(pem))
  return credentials.createSsl(roots ?? null, key ?? null, chain ?? null, {
    checkServerIdentity: (_host: string, shown: PeerCertificate) => checkManager(shown, clusterId),
  })
}

/** Names and addresses do not matter between nodes: that it is a manager of this cluster does. */
function checkManager({ raw }: PeerCertificate, clusterId?: string): Error | undefined {
  const peer = peerOf(new X509Certificate(raw))
  if (peer?.role !== 'manager') return new Error('the other side is no manager: its certificate says so')
  if (clusterId !== undefined && peer.clusterId !== clusterId)
    return new Error('the other side is a manager of another cluster')
  return undefined
}

const deadlineOf = ({ timeoutMs }: CallOptions): GrpcOptions =>
  timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs }
