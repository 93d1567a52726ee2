import { createConnection } from 'node:net'
import { isEtcdInstalled } from '@essaim/manager'
import { EssaimError, isKind, messageOf, unavailable } from '@essaim/base'
import type { SwarmJoinRequest } from '@essaim/api-types'
import { askRoots, askToJoin, hostAndPort, splitPem, type Certified, type NodeIdentity } from '@essaim/protocol'
import { newKey, requestFor } from '../credentials/key.js'
import { clocksDiffer, wrongFingerprint } from '../messages.js'
import { digestOf, digestOfRoot } from './token.js'

/** Further apart than this, certificates and times of tasks would be wrong: swarmkit dates certificates back by an hour. */
const mostSkewMs = 30 * 60_000

/** How long a manager may take to be reached. */
const connectMs = 3000

export interface Joined {
  certified: Certified
  identity: NodeIdentity
  /** The manager that answered. */
  remote: string
  /** The address of this host by which that manager was reached. */
  local: string
}

/**
 * One attempt at one manager: its root must be the one that the token names, then the token is shown to it. Throws kind
 * `unavailable` when it cannot be reached; everything else is a refusal.
 */
export async function attempt(remote: string, request: SwarmJoinRequest, signal: AbortSignal): Promise<Joined> {
  const token = request.JoinToken ?? ''
  const digest = digestOf(token)
  const local = await localAddressTowards(remote)
  const { roots, now } = await askRoots(remote, signal)
  const root = splitPem(roots).find((pem) => digestOfRoot(pem) === digest)
  if (root === undefined) throw wrongFingerprint(digest)
  if (Math.abs(now - Date.now()) > mostSkewMs) throw clocksDiffer(now - Date.now())
  const key = newKey()
  const asked = {
    ...requestFor(key),
    hasEtcd: isEtcdInstalled(),
    ...(request.Availability && { availability: request.Availability }),
  }
  const certified = await asRefusal(askToJoin(remote, root, token, asked, signal))
  const { certificate, roots: trusted } = certified
  return { certified, identity: { key, certificate, roots: trusted }, remote, local }
}

/** What the managers refuse comes with the word of gRPC before it, as Docker prints it. */
async function asRefusal<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked
  } catch (error) {
    if (!(error instanceof EssaimError) || error.kind === 'unavailable') throw error
    const code = isKind(error, 'invalid') ? 'InvalidArgument' : 'PermissionDenied'
    const { kind, message, hint } = error
    const words = error.code === 'ca.token' ? `rpc error: code = ${code} desc = ${message}` : message
    throw new EssaimError(kind, error.code, words, { cause: error, ...(hint !== undefined && { hint }) })
  }
}

function localAddressTowards(remote: string): Promise<string> {
  const { host, port } = hostAndPort(remote)
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host, port, timeout: connectMs })
    const fail = (reason: string): void => {
      socket.destroy()
      reject(unavailable('swarm.unreachable', `manager ${remote} cannot be reached: ${reason}`))
    }
    socket.once('connect', () => {
      resolve(socket.localAddress ?? '')
      socket.destroy()
    })
    socket.once('timeout', () => fail('it does not answer'))
    socket.once('error', (error) => fail(messageOf(error)))
  })
}
