import type { StreamSession } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { Call } from './call.js'
import { headOf } from './session.js'
import { readMessages, webSocketFrame } from './websocket-frames.js'
import { write } from './write.js'

/** Of RFC 6455, section 1.3. */
const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

/** A conversation over a WebSocket: output as binary messages, both streams as one; input as messages of either type. */
export async function sendWebSocket(call: Call, response: ServerResponse, session: StreamSession): Promise<void> {
  const key = call.headers['sec-websocket-key']
  const socket = call.upgrade
  if (!socket || key === undefined) throw invalid('websocket.request', 'bad request: not a WebSocket handshake')
  const accept = createHash('sha1')
    .update(key + acceptSuffix)
    .digest('base64')
  const head = headOf(response, 'Switching Protocols', {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Accept': accept,
  })
  await new Promise<void>((resolve, reject) => socket.write(head, (error) => (error ? reject(error) : resolve())))
  const input = receive()
  try {
    for await (const chunk of session.output) await write(socket, webSocketFrame('binary', chunk.data), call.signal)
    socket.end(webSocketFrame('close', Buffer.from([0x03, 0xe8])))
  } finally {
    await input
    socket.destroy()
  }

  async function receive(): Promise<void> {
    if (!socket) return
    for await (const message of readMessages(socket)) {
      if (message.type === 'close') break
      if (message.type === 'ping') socket.write(webSocketFrame('pong', message.data))
      if (message.type === 'text' || message.type === 'binary') session.stdin?.write(message.data)
    }
    session.stdin?.end()
  }
}
