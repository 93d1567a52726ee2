import { EssaimError, messageOf, type ErrorKind, type Logger } from '@essaim/base'

const statuses: Record<ErrorKind, number> = {
  invalid: 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  'not-modified': 304,
  conflict: 409,
  'too-large': 413,
  unavailable: 503,
  'not-implemented': 501,
  internal: 500,
}

export interface Refusal {
  status: number
  /** Undefined for 304, which has no body. */
  body?: { message: string; hint?: string }
}

/** What the client is told of an error. Whatever is not one of ours is a defect or a broken machine: 500. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof EssaimError)) return { status: 500, body: { message: messageOf(error) } }
  const status = statuses[error.kind]
  if (status === 304) return { status }
  return { status, body: { message: error.message, ...(error.hint !== undefined && { hint: error.hint }) } }
}

/** Whether a write failed because the client has gone; its connection says so only a moment later. */
export function isHangUp(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return ['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE', 'ERR_STREAM_DESTROYED'].includes(code)
}

/** Logs what went wrong inside, with its chain of causes; a client's own mistakes only at debug level. */
export function logRefusal(logger: Logger, what: string, refusal: Refusal, error: unknown): void {
  const fields = { call: what, status: refusal.status, error: chain(error) }
  if (refusal.status !== 500) return logger.debug('call refused', fields)
  const defect = error instanceof Error && !(error instanceof EssaimError)
  logger.error('call failed', { ...fields, ...(defect && { stack: error.stack }) })
}

function chain(error: unknown): string {
  const parts: string[] = []
  for (let at: unknown = error; at !== undefined && parts.length < 8;) {
    parts.push(messageOf(at))
    at = at instanceof Error ? at.cause : undefined
  }
  return parts.join(': ')
}
