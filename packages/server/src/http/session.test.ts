import assert from 'node:assert/strict'
import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { Duplex, Readable } from 'node:stream'
import { test } from 'node:test'
import type { StreamChunk } from '@essaim/api-types'
import { Query } from './query.js'
import { sendSession } from './session.js'

test('no byte of the stream is in the write of the head', async () => {
  const writes: string[] = []
  const socket = new Duplex({
    read() {
      this.push(null)
    },
    write(chunk: Buffer, _encoding, done) {
      writes.push(chunk.toString())
      done()
    },
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => String(chunk)).join(''))
      done()
    },
  })
  async function* output(): AsyncGenerator<StreamChunk> {
    yield { stream: 'stdout', data: Buffer.from('first') }
  }
  const call = {
    method: 'POST',
    version: '1.51',
    params: {},
    query: new Query(new URLSearchParams()),
    headers: {},
    body: Readable.from([]),
    caller: { name: 'unix:0' },
    signal: new AbortController().signal,
    upgrade: socket,
  }
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  await sendSession(call, response, {
    kind: 'session',
    tty: true,
    open: async () => ({ tty: true, output: output() }),
  })
  assert.equal(writes.length, 2)
  assert.match(writes[0] ?? '', /^HTTP\/1\.1 101 UPGRADED\r\n.*\r\n\r\n$/s)
  assert.equal(writes[1], 'first')
})
