import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/**
 * The body of a request as a stream that its reader may leave at any moment, broken or not: the request itself, and
 * with it the connection that the answer takes, stays whole. Nothing is read before the reader reads.
 */
export function requestBody(request: IncomingMessage): Readable {
  const body = Readable.from(request.iterator({ destroyOnReturn: false }), { objectMode: false })
  // A client that breaks off is told to whoever reads; when nobody does any more, it is nobody's error.
  body.on('error', () => {})
  return body
}
