/**
 * The kinds of refusal that a caller can act on. The server maps each to one HTTP status, in one table;
 * the agent maps them to a task's final state.
 */
export type ErrorKind =
  | 'invalid'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'not-modified'
  | 'conflict'
  | 'too-large'
  | 'unavailable'
  | 'not-implemented'
  | 'internal'

export interface ErrorOptions {
  /** What to do instead, one sentence. */
  hint?: string
  cause?: unknown
}

/**
 * The one error class. `code` is stable and dotted (`container.name-taken`), `message` is what Docker's users read,
 * word for word where Docker has such a message.
 */
export class EssaimError extends Error {
  override readonly name = 'EssaimError'
  readonly hint?: string

  constructor(
    readonly kind: ErrorKind,
    readonly code: string,
    message: string,
    options: ErrorOptions = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    if (options.hint !== undefined) this.hint = options.hint
  }
}

const of =
  (kind: ErrorKind) =>
  (code: string, message: string, options?: ErrorOptions): EssaimError =>
    new EssaimError(kind, code, message, options)

export const invalid = of('invalid')
export const unauthorized = of('unauthorized')
export const forbidden = of('forbidden')
export const notFound = of('not-found')
export const notModified = of('not-modified')
export const conflict = of('conflict')
export const tooLarge = of('too-large')
export const unavailable = of('unavailable')
export const notImplemented = of('not-implemented')
export const internal = of('internal')

export function isKind(error: unknown, kind: ErrorKind): error is EssaimError {
  return error instanceof EssaimError && error.kind === kind
}

/** The text of whatever was thrown, for a status line or a log entry. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
