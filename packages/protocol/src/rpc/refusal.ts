import { Metadata, status, type ServiceError, type StatusObject } from '@grpc/grpc-js'
import { EssaimError, messageOf, type ErrorKind } from '@essaim/base'
import { NotLeader } from './not-leader.js'

/** One table from our kinds of refusal to gRPC's, both ways. */
const codes: readonly [ErrorKind, status][] = [
  ['invalid', status.INVALID_ARGUMENT],
  ['unauthorized', status.UNAUTHENTICATED],
  ['forbidden', status.PERMISSION_DENIED],
  ['not-found', status.NOT_FOUND],
  ['conflict', status.ALREADY_EXISTS],
  ['not-modified', status.ALREADY_EXISTS],
  ['too-large', status.RESOURCE_EXHAUSTED],
  ['unavailable', status.UNAVAILABLE],
  ['unavailable', status.DEADLINE_EXCEEDED],
  ['not-implemented', status.UNIMPLEMENTED],
  ['internal', status.INTERNAL],
]

const kindKey = 'essaim-kind'
const codeKey = 'essaim-code'
const hintKey = 'essaim-hint-bin'
const leaderKey = 'essaim-leader'

/** What is thrown here, as it goes to the caller. */
export function toStatus(error: unknown): Partial<StatusObject> & { code: status; details: string } {
  if (!(error instanceof EssaimError)) return { code: status.INTERNAL, details: messageOf(error) }
  const { kind, code, message, hint } = error
  const metadata = new Metadata()
  metadata.set(kindKey, kind)
  metadata.set(codeKey, code)
  if (hint !== undefined) metadata.set(hintKey, Buffer.from(hint))
  if (error instanceof NotLeader && error.leader !== undefined) metadata.set(leaderKey, error.leader)
  return { code: codes.find(([known]) => known === kind)?.[1] ?? status.INTERNAL, details: message, metadata }
}

/** What a call was answered with, as it was thrown there. */
export function fromStatus(error: unknown): Error {
  if (!isServiceError(error)) return error instanceof Error ? error : new Error(String(error))
  const { code, details, metadata } = error
  const told = metadata?.get(kindKey)[0]?.toString() as ErrorKind | undefined
  const hint = metadata?.get(hintKey)[0]
  const name = metadata?.get(codeKey)[0]?.toString() ?? `rpc.${(status[code] ?? 'UNKNOWN').toLowerCase()}`
  if (name === 'rpc.not-leader') return new NotLeader(metadata?.get(leaderKey)[0]?.toString())
  const kind = told ?? codes.find(([, known]) => known === code)?.[0] ?? 'unavailable'
  return new EssaimError(kind, name, details, { cause: error, ...(hint !== undefined && { hint: hint.toString() }) })
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && typeof error.code === 'number'
}
