import { serviceOf } from './definitions.js'
import { Connection } from './connection.js'
import { methods, type Empty, type IssueAnswer, type IssueRequest, type RootAnswer } from './messages.js'
import type { NodeIdentity, NodeRole, Peer } from './peer.js'
import { Serving } from './serve.js'
import type { Caller, RpcServer } from './server.js'

/** What a node asks to be certified. */
export interface CertificateRequest {
  /** PEM of a P-256 key. */
  publicKey: string
  /** The public key's PEM, signed by its private key. */
  signature: Buffer
  availability?: string
  /** Its host has what a manager beside others needs. */
  hasEtcd?: boolean
}

export interface Certified {
  nodeId: string
  clusterId: string
  role: NodeRole
  certificate: string
  roots: string
}

/** The cluster's authority, as managers offer it. */
export interface CertificateAuthority {
  roots(): string
  /** The manager's clock, milliseconds since the epoch. */
  now(): number
  /** A new node with a join token. */
  join(token: string, request: CertificateRequest): Promise<Certified>
  /** A new certificate for a node of the cluster, in the role that it has now. */
  renew(peer: Peer, request: CertificateRequest): Promise<Certified>
}

export function serveCA(server: RpcServer, authority: CertificateAuthority): void {
  const serving = new Serving(server)
  server.add(serviceOf('CA'), {
    Root: serving.unary<Empty, RootAnswer>(async () => ({
      roots: Buffer.from(authority.roots()),
      now: authority.now(),
    })),
    Issue: serving.unary<IssueRequest, IssueAnswer>(async (wire, caller) =>
      toWire(await issue(authority, wire, caller)),
    ),
  })
}

function issue(authority: CertificateAuthority, wire: IssueRequest, caller: Caller): Promise<Certified> {
  const { token, publicKey, signature, availability, hasEtcd } = wire
  const request = { publicKey: publicKey.toString(), signature, hasEtcd, ...(availability !== '' && { availability }) }
  return caller.peer && token === '' ? authority.renew(caller.peer, request) : authority.join(token, request)
}

/** How long a node that joins waits for one answer. */
const answerMs = 10_000

/** The roots of whoever answers at `address`, and its clock: not trusted before they are compared with a digest. */
export async function askRoots(address: string, signal: AbortSignal): Promise<{ roots: string; now: number }> {
  const { roots, now } = await asking(new Connection(address, 'anybody'), (connection) =>
    connection.unary(methods.root(), {}, { signal, timeoutMs: answerMs }),
  )
  return { roots: roots.toString(), now }
}

/** Joins: the manager's certificate must end at `roots`. */
export async function askToJoin(
  address: string,
  roots: string,
  token: string,
  request: CertificateRequest,
  signal: AbortSignal,
): Promise<Certified> {
  return fromWire(
    await asking(new Connection(address, { roots }), (connection) =>
      connection.unary(methods.issue(), requestOf(token, request), { signal, timeoutMs: answerMs }),
    ),
  )
}

export async function askToRenew(
  address: string,
  identity: NodeIdentity,
  clusterId: string,
  request: CertificateRequest,
  signal: AbortSignal,
): Promise<Certified> {
  return fromWire(
    await asking(new Connection(address, { identity, clusterId }), (connection) =>
      connection.unary(methods.issue(), requestOf('', request), { signal, timeoutMs: answerMs }),
    ),
  )
}

async function asking<T>(connection: Connection, ask: (connection: Connection) => Promise<T>): Promise<T> {
  try {
    return await ask(connection)
  } finally {
    connection.close()
  }
}

const requestOf = (token: string, request: CertificateRequest): IssueRequest => {
  const { publicKey, signature, availability = '', hasEtcd = false } = request
  return { token, publicKey: Buffer.from(publicKey), signature, availability, hasEtcd }
}

const toWire = ({ certificate, roots, ...rest }: Certified): IssueAnswer => ({
  ...rest,
  certificate: Buffer.from(certificate),
  roots: Buffer.from(roots),
})

const fromWire = ({ certificate, roots, role, ...rest }: IssueAnswer): Certified => ({
  ...rest,
  role: role === 'manager' ? 'manager' : 'worker',
  certificate: certificate.toString(),
  roots: roots.toString(),
})
