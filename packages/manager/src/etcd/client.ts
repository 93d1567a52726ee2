import { Client, credentials, Metadata, type ClientDuplexStream } from '@grpc/grpc-js'
import { toEtcdError } from './error.js'
import { methods } from './messages.js'
import type {
  Int64,
  Member,
  Method,
  RangeRequest,
  RangeResponse,
  StatusResponse,
  TxnRequest,
  TxnResponse,
  WatchRequest,
  WatchResponse,
} from './messages.js'

export interface CallOptions {
  /** Cancels the call, which then rejects with the signal's reason. */
  signal?: AbortSignal
  /** Milliseconds from now; then the call fails with DEADLINE_EXCEEDED. */
  timeoutMs?: number
  /** Answered even while etcd knows no leader. */
  withoutLeader?: boolean
}

/** Of one request: more than what the server is started with (see `etcdLimits`). */
const messageLimit = 256 << 20
const defaultTimeoutMs = 5000

/** How much one etcd takes at once; the server is started with them. */
export const etcdLimits = { txnOps: 200_000, requestBytes: 64 << 20 }

/** The etcd of this host, by its socket. Connects with the first call. */
export class EtcdClient {
  readonly #client: Client

  constructor(readonly socket: string) {
    this.#client = new Client(`unix:${socket}`, credentials.createInsecure(), {
      'grpc.use_local_subchannel_pool': 1,
      'grpc.initial_reconnect_backoff_ms': 50,
      'grpc.min_reconnect_backoff_ms': 50,
      'grpc.max_reconnect_backoff_ms': 500,
      'grpc.max_receive_message_length': messageLimit,
      'grpc.max_send_message_length': messageLimit,
    })
  }

  range(request: RangeRequest, options?: CallOptions): Promise<RangeResponse> {
    return this.#unary(methods.range(), request, options)
  }

  /** All or nothing. */
  txn(request: TxnRequest, options?: CallOptions): Promise<TxnResponse> {
    return this.#unary(methods.txn(), request, options)
  }

  /** Events from `start_revision` on, those of one revision in one message. Ends by throwing, or with the signal. */
  async *watch(request: WatchRequest['create_request'], signal: AbortSignal): AsyncGenerator<WatchResponse> {
    const call = this.#duplex(methods.watch())
    const onAbort = (): void => call.cancel()
    signal.addEventListener('abort', onAbort, { once: true })
    try {
      call.write({ create_request: request })
      for await (const message of call) yield message as WatchResponse
    } catch (error) {
      if (!signal.aborted) throw toEtcdError(error)
    } finally {
      signal.removeEventListener('abort', onAbort)
      // Cancelling a call that is still open raises one last 'error', which nobody waits for any more.
      call.on('error', () => {})
      call.cancel()
    }
  }

  async grantLease(ttlSeconds: number, options?: CallOptions): Promise<Int64> {
    return (await this.#unary(methods.leaseGrant(), { TTL: ttlSeconds }, options)).ID
  }

  async revokeLease(id: Int64, options?: CallOptions): Promise<void> {
    await this.#unary(methods.leaseRevoke(), { ID: id }, options)
  }

  /** Renews the lease once; answers how many seconds it has from then, 0 when it is over. */
  keepAlive(id: Int64, { timeoutMs = defaultTimeoutMs }: CallOptions = {}): Promise<number> {
    return new Promise((resolve, reject) => {
      const call = this.#duplex(methods.leaseKeepAlive(), timeoutMs)
      call.once('data', ({ TTL }: { TTL: Int64 }) => {
        resolve(Number(TTL))
        call.cancel()
      })
      call.on('error', (error) => reject(toEtcdError(error)))
      call.write({ ID: id })
    })
  }

  /** Answers what the new member is known as, and all members, it too. */
  addLearner(peerURL: string): Promise<{ member: Member; members: Member[] }> {
    return this.#unary(methods.memberAdd(), { peerURLs: [peerURL], isLearner: true })
  }

  async removeMember(id: Int64): Promise<void> {
    await this.#unary(methods.memberRemove(), { ID: id })
  }

  async promoteMember(id: Int64): Promise<void> {
    await this.#unary(methods.memberPromote(), { ID: id })
  }

  async members(): Promise<Member[]> {
    return (await this.#unary(methods.memberList(), {}, { withoutLeader: true })).members
  }

  /** Of this member, as it sees itself. */
  status(options: CallOptions = {}): Promise<StatusResponse> {
    return this.#unary(methods.status(), {}, { withoutLeader: true, ...options })
  }

  /** Only the member that leads can give the lead away. */
  async moveLeader(to: Int64): Promise<void> {
    await this.#unary(methods.moveLeader(), { targetID: to })
  }

  close(): void {
    this.#client.close()
  }

  #unary<Request, Response>(
    method: Method<Request, Response>,
    request: Request,
    { signal, timeoutMs = defaultTimeoutMs, withoutLeader = false }: CallOptions = {},
  ): Promise<Response> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason as Error)
      const onAbort = (): void => call.cancel()
      const call = this.#client.makeUnaryRequest(
        method.path,
        method.requestSerialize,
        method.responseDeserialize,
        request,
        withoutLeader ? new Metadata() : requiringLeader(),
        { deadline: Date.now() + timeoutMs },
        (error, response) => {
          signal?.removeEventListener('abort', onAbort)
          if (error) reject(signal?.aborted ? (signal.reason as Error) : toEtcdError(error))
          else resolve(response as Response)
        },
      )
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }

  #duplex<Request, Response>(
    { path, requestSerialize, responseDeserialize }: Method<Request, Response>,
    timeoutMs?: number,
  ): ClientDuplexStream<Request, Response> {
    const options = timeoutMs === undefined ? {} : { deadline: Date.now() + timeoutMs }
    const metadata = timeoutMs === undefined ? new Metadata() : requiringLeader()
    return this.#client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, metadata, options)
  }
}

/** Without a leader etcd refuses at once instead of waiting for one. */
function requiringLeader(): Metadata {
  const metadata = new Metadata()
  metadata.set('hasleader', 'true')
  return metadata
}
