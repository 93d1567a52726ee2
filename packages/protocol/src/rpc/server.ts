import { Server, ServerCredentials, type ServiceDefinition, type UntypedServiceImplementation } from '@grpc/grpc-js'
import { once } from 'node:events'
import { createServer, type Server as TlsServer, type TLSSocket } from 'node:tls'
import { internal, messageOf, unauthorized, type Logger } from '@essaim/base'
import { peerOf, type NodeIdentity, type Peer } from './peer.js'

/** Messages of one call may be this long; what can grow beyond is sent in parts. */
export const messageLimit = 64 << 20

/** A connection that answers no ping for so long is gone. */
const keepalive = { everyMs: 10_000, timeoutMs: 10_000 }

/** Who calls, as far as its connection shows. */
export interface Caller {
  /** Absent when it has no certificate of this cluster. */
  peer?: Peer
  /** Why its certificate does not count. */
  refusal?: string
}

/**
 * One port for all that nodes ask of a manager. Everybody may connect, since who joins has no certificate yet; each service
 * looks at its caller.
 */
export class RpcServer {
  readonly #callers = new Map<string, { caller: Caller; validTo: number }>()
  readonly #sockets = new Set<TLSSocket>()
  readonly #grpc = new Server({
    'grpc.max_receive_message_length': messageLimit,
    'grpc.max_send_message_length': messageLimit,
    'grpc.keepalive_time_ms': keepalive.everyMs,
    'grpc.keepalive_timeout_ms': keepalive.timeoutMs,
  })
  readonly #tls: TlsServer

  constructor(
    identity: NodeIdentity,
    private readonly logger: Logger,
  ) {
    const injector = this.#grpc.createConnectionInjector(ServerCredentials.createInsecure())
    const options = {
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: ['h2'],
      minVersion: 'TLSv1.2',
    } as const
    this.#tls = createServer({ ...options, ...contextOf(identity) }, (socket) => {
      this.#remember(socket)
      injector.injectConnection(socket)
    })
    this.#tls.on('tlsClientError', (error) => logger.debug('a connection was not made', { error: error.message }))
  }

  add(service: ServiceDefinition, handlers: UntypedServiceImplementation): void {
    this.#grpc.addService(service, handlers)
  }

  /** `host:port`, the host being an address; answers the port. Throws when it cannot be had. */
  async listen(address: string): Promise<number> {
    const { host, port } = hostAndPort(address)
    this.#tls.listen({ host, port })
    try {
      await once(this.#tls, 'listening')
    } catch (error) {
      const message = `other nodes cannot be listened to at ${address}: ${messageOf(error)}`
      throw internal('rpc.listen', message, { cause: error, hint: 'choose another with --listen-addr' })
    }
    const bound = this.#tls.address()
    return typeof bound === 'object' && bound ? bound.port : port
  }

  /** New connections see the new certificate and are judged by the new roots. */
  renew(identity: NodeIdentity): void {
    this.#tls.setSecureContext(contextOf(identity))
  }

  callerOf(call: { getPeer(): string }): Caller {
    const known = this.#callers.get(call.getPeer())
    if (!known) return { refusal: 'the connection is closed' }
    return known.caller.peer && Date.now() > known.validTo ? { refusal: 'certificate has expired' } : known.caller
  }

  /** Ends every call. */
  async close(): Promise<void> {
    this.#grpc.forceShutdown()
    for (const socket of this.#sockets) socket.destroy()
    if (!this.#tls.listening) return
    await new Promise<void>((resolve) => this.#tls.close(() => resolve()))
  }

  #remember(socket: TLSSocket): void {
    const name = `${socket.remoteAddress ?? ''}:${socket.remotePort ?? 0}`
    const certificate = socket.getPeerX509Certificate()
    const peer = certificate && socket.authorized ? peerOf(certificate) : undefined
    const refusal = certificate && !socket.authorized ? reasonOf(socket.authorizationError) : undefined
    if (refusal !== undefined)
      this.logger.warn('a node shows a certificate that does not count', { from: name, refusal })
    const caller = { ...(peer && { peer }), ...(refusal !== undefined && { refusal }) }
    this.#callers.set(name, { caller, validTo: Date.parse(certificate?.validTo ?? '') })
    this.#sockets.add(socket)
    socket.once('close', () => {
      this.#callers.delete(name)
      this.#sockets.delete(socket)
    })
  }
}

/** The node that calls; throws when it shows no certificate of the cluster. */
export function knownPeer({ peer, refusal }: Caller): Peer {
  if (peer) return peer
  throw unauthorized('rpc.certificate', `the node's certificate is not accepted: ${refusal ?? 'it shows none'}`)
}

export function hostAndPort(address: string): { host: string; port: number } {
  const parts = /^\[?(?<host>.*?)\]?:(?<port>\d+)$/.exec(address)?.groups
  return { host: parts?.['host'] ?? address, port: Number(parts?.['port'] ?? 2377) }
}

const contextOf = ({ key, certificate, roots }: NodeIdentity): { key: string; cert: string; ca: string[] } => ({
  key,
  cert: certificate,
  ca: splitPem(roots),
})

/** The certificates of a bundle, one by one. */
export function splitPem(bundle: string): string[] {
  return bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/g) ?? []
}

/** OpenSSL's names of reasons, in words. */
function reasonOf(error: Error | string | null | undefined): string {
  const name = typeof error === 'string' ? error : (error as NodeJS.ErrnoException | null | undefined)?.code
  const words: Record<string, string> = {
    CERT_HAS_EXPIRED: 'certificate has expired (or the clocks of the nodes differ)',
    CERT_NOT_YET_VALID: 'certificate is not valid yet: the clocks of the nodes differ',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'certificate signed by unknown authority',
    SELF_SIGNED_CERT_IN_CHAIN: 'certificate signed by unknown authority',
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'certificate signed by unknown authority',
    CERT_SIGNATURE_FAILURE: 'certificate signed by unknown authority',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'certificate signed by unknown authority',
  }
  return words[name ?? ''] ?? name ?? String(error)
}
