import { messageOf } from '@essaim/base'
import { createSocket } from 'node:dgram'
import { readFile } from 'node:fs/promises'

const causes: Record<string, string> = {
  ECONNREFUSED: 'connect: connection refused',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  EACCES: 'connect: permission denied',
  ETIMEDOUT: 'i/o timeout',
}

const certificates: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'x509: certificate signed by unknown authority',
  SELF_SIGNED_CERT_IN_CHAIN: 'x509: certificate signed by unknown authority',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'x509: certificate signed by unknown authority',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'x509: certificate signed by unknown authority',
  CERT_HAS_EXPIRED: 'x509: certificate has expired or is not yet valid',
  CERT_NOT_YET_VALID: 'x509: certificate has expired or is not yet valid',
  ERR_TLS_CERT_ALTNAME_INVALID: 'x509: certificate is not valid for this host',
  EPROTO: 'http: server gave HTTP response to HTTPS client',
  ERR_SSL_WRONG_VERSION_NUMBER: 'http: server gave HTTP response to HTTPS client',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'http: server gave HTTP response to HTTPS client',
  ECONNRESET: 'read: connection reset by peer',
}

interface SystemError extends Error {
  code?: string
  address?: string
  port?: number
  hostname?: string
  errors?: SystemError[]
}

/** Why a request failed, in the words of Docker's engine: clients and people know them. */
export async function describeNetworkError(error: unknown): Promise<string> {
  const failure = (error as SystemError).errors?.[0] ?? (error as SystemError)
  const { code = '', address, port, hostname = '' } = failure
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAI_FAIL') return await lookupError(code, hostname)
  const certificate = certificates[code]
  if (certificate !== undefined) return certificate
  const cause = causes[code] ?? messageOf(failure)
  if (address === undefined || port === undefined) return cause
  return `dial tcp ${address.includes(':') ? `[${address}]` : address}:${port}: ${cause}`
}

async function lookupError(code: string, hostname: string): Promise<string> {
  const server = await nameServer()
  const what = `dial tcp: lookup ${hostname} on ${server}:53:`
  const unreachable = await connectError(server)
  if (unreachable !== undefined) return `${what} dial udp ${server}:53: connect: ${unreachable}`
  if (code === 'ENOTFOUND') return `${what} no such host`
  return `${what} server misbehaving`
}

async function nameServer(): Promise<string> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '')
  return /^\s*nameserver\s+(\S+)/m.exec(text)?.[1] ?? '127.0.0.1'
}

/** What connecting to the name server fails with; the resolver itself only says that it failed. Sends nothing. */
async function connectError(address: string): Promise<string | undefined> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  try {
    const error = await new Promise<SystemError | undefined>((resolve) => {
      socket.once('error', resolve)
      socket.connect(53, address, (failure?: Error) => resolve(failure))
    })
    return causes[error?.code ?? '']?.replace('connect: ', '')
  } finally {
    socket.close()
  }
}
