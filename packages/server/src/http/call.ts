import type { Identity } from '@essaim/api-types'
import type { IncomingHttpHeaders } from 'node:http'
import type { Duplex, Readable } from 'node:stream'
import type { Query } from './query.js'

/** One call of the API, as a handler sees it. */
export interface Call {
  readonly method: string
  /** The API version that it is answered in, such as `1.41`. */
  readonly version: string
  readonly params: Record<string, string>
  readonly query: Query
  readonly headers: IncomingHttpHeaders
  readonly body: Readable
  readonly caller: Identity
  /** Aborted when the client is gone, or the server closes. */
  readonly signal: AbortSignal
  /** The raw connection, when the client asked to upgrade it. */
  readonly upgrade?: Duplex
}

/** A part of the path; routes name it, so it is there. */
export function param(call: Call, name: string): string {
  return call.params[name] ?? ''
}
