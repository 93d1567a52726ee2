import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import type { StreamChunk } from '@essaim/api-types'
import { startServer } from '../test-support/server.js'

/** A client's frame, masked with a fixed key. */
function masked(opcode: number, text: string): Buffer {
  const mask = Buffer.from([1, 2, 3, 4])
  const data = Buffer.from(text).map((byte, index) => byte ^ (mask[index % 4] ?? 0))
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | data.length]), mask, data])
}

test('attach over a WebSocket carries both ways and closes in order', async (t) => {
  const stdin = new PassThrough()
  async function* output(): AsyncGenerator<StreamChunk> {
    for await (const data of stdin as AsyncIterable<Buffer>) yield { stream: 'stdout', data }
  }
  const { raw } = await startServer(t, {
    containers: { attach: async () => ({ tty: true, stdin, output: output() }) },
  })
  const socket = raw(
    'GET /containers/c/attach/ws?stream=1 HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  )
  const [head] = (await once(socket, 'data')) as [Buffer]
  // The key and its answer are the example of RFC 6455, section 1.3.
  assert.match(head.toString(), /^HTTP\/1\.1 101 /)
  assert.match(head.toString(), /Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/)
  socket.write(masked(1, 'hello'))
  const [echoed] = (await once(socket, 'data')) as [Buffer]
  assert.deepEqual(echoed, Buffer.from('\x82\x05hello', 'latin1'))
  socket.write(masked(9, 'p'))
  const [pong] = (await once(socket, 'data')) as [Buffer]
  assert.deepEqual(pong, Buffer.from('\x8a\x01p', 'latin1'))
  socket.write(masked(8, ''))
  const [close] = (await once(socket, 'data')) as [Buffer]
  assert.equal(close[0], 0x88)
  await once(socket, 'end')
  socket.destroy()
})
