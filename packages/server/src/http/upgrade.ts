import { invalid } from '@essaim/base'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Readable, type Duplex } from 'node:stream'

/**
 * The body of a request that asked to upgrade its connection: such a request reaches us with its body still in the
 * connection. Exactly its length is taken; what follows belongs to the conversation.
 */
export function bodyOfUpgrade(request: IncomingMessage, socket: Duplex): Readable {
  return Readable.from(take(request, socket), { objectMode: false })
}

async function* take(request: IncomingMessage, socket: Duplex): AsyncGenerator<Buffer> {
  if (request.headers['transfer-encoding'] !== undefined) {
    throw invalid('body.chunked', 'a request that upgrades its connection must state the Content-Length of its body')
  }
  let left = Number(request.headers['content-length'] ?? 0)
  while (left > 0) {
    const chunk = socket.read(Math.min(left, socket.readableLength || left)) as Buffer | null
    if (chunk) {
      left -= chunk.length
      yield chunk
    } else {
      if (socket.readableEnded || socket.destroyed) throw invalid('body.short', 'unexpected EOF')
      await Promise.race([once(socket, 'readable'), once(socket, 'end'), once(socket, 'close')])
    }
  }
}
