import assert from 'node:assert/strict'
import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { test, type TestContext } from 'node:test'
import type { LogEntry, StreamChunk, StreamSession } from '@essaim/api-types'
import { AsyncQueue } from '@essaim/base'
import { readAll, startServer, type TestServer } from '../../test-support/server.js'

/** A process that writes what it reads, line by line to either stream, until its input ends. */
function echo(tty: boolean): StreamSession {
  const stdin = new PassThrough()
  async function* output(): AsyncGenerator<StreamChunk> {
    yield { stream: 'stdout', data: Buffer.from('ready\n') }
    for await (const data of stdin as AsyncIterable<Buffer>) yield { stream: 'stderr', data }
    yield { stream: 'stdout', data: Buffer.from('bye\n') }
  }
  return { tty, stdin, output: output() }
}

const attaching = (t: TestContext, tty: boolean): Promise<TestServer> =>
  startServer(t, { containers: { attach: async () => echo(tty) } })

const upgrade = 'Host: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n'

test('attach upgrades; the end of input is passed on and output still comes', async (t) => {
  const { raw } = await attaching(t, false)
  const socket = raw(`POST /v1.42/containers/c/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\n${upgrade}`)
  socket.end('hello')
  const bytes = Buffer.concat(await readAll(socket)).toString('latin1')
  const end = bytes.indexOf('\r\n\r\n')
  const [status, ...lines] = bytes.slice(0, end).split('\r\n')
  assert.equal(status, 'HTTP/1.1 101 UPGRADED')
  assert.ok(lines.includes('Content-Type: application/vnd.docker.multiplexed-stream'))
  const frames = ['\x01\0\0\0\0\0\0\x06ready\n', '\x02\0\0\0\0\0\0\x05hello', '\x01\0\0\0\0\0\0\x04bye\n']
  assert.equal(bytes.slice(end + 4), frames.join(''))
})

test('input that comes with the head of the request is not lost', async (t) => {
  const { raw } = await attaching(t, true)
  const socket = raw(`POST /v1.41/containers/c/attach HTTP/1.1\r\n${upgrade}early`)
  socket.end()
  const text = Buffer.concat(await readAll(socket)).toString()
  assert.match(text, /Content-Type: application\/vnd\.docker\.raw-stream/)
  assert.ok(text.endsWith('\r\n\r\nready\nearlybye\n'), text)
})

test('a client that does not upgrade gets 200 and the raw stream until the connection closes', async (t) => {
  const { raw } = await attaching(t, true)
  const socket = raw('POST /containers/c/attach HTTP/1.1\r\nHost: docker\r\nContent-Length: 2\r\n\r\nhi')
  const text = Buffer.concat(await readAll(socket)).toString()
  assert.ok(text.startsWith('HTTP/1.1 200 OK\r\n'))
  assert.doesNotMatch(text, /Transfer-Encoding/i)
  assert.ok(text.endsWith('\r\n\r\nready\nhibye\n'), text)
})

test('an error before the conversation is an ordinary answer, also to a request for an upgrade', async (t) => {
  const { raw } = await startServer(t, {})
  const socket = raw(`POST /v1.99/containers/c/attach HTTP/1.1\r\n${upgrade}`)
  const text = Buffer.concat(await readAll(socket)).toString()
  assert.match(text, /^HTTP\/1\.1 400 Bad Request\r\n/)
  assert.match(text, /client version 1\.99 is too new/)
})

test('a wait answers its head at once and its value when it is there', async (t) => {
  let exit: (value: { StatusCode: number }) => void = () => {}
  const result = new Promise<{ StatusCode: number }>((resolve) => (exit = resolve))
  const { raw, call } = await startServer(t, { containers: { wait: async () => ({ result }) } })
  const socket = raw('POST /containers/c/wait HTTP/1.1\r\nHost: docker\r\nConnection: close\r\n\r\n')
  const [head] = (await once(socket, 'data')) as [Buffer]
  socket.pause()
  assert.match(head.toString(), /^HTTP\/1\.1 200 OK\r\n/)
  exit({ StatusCode: 3 })
  assert.match(Buffer.concat(await readAll(socket)).toString(), /\{"StatusCode":3\}/)
  const refused = await call('POST', '/containers/c/wait?condition=foo')
  assert.deepEqual(refused.json, { message: 'invalid condition: "foo"' })
})

test('logs are framed, with times and details in front, and end when the client goes', async (t) => {
  const entry: LogEntry = {
    stream: 'stderr',
    time: '2026-01-02T03:04:05.000000006Z',
    data: Buffer.from('text\n'),
    attributes: { b: '2 3', a: '1' },
  }
  let signal: AbortSignal | undefined
  const entries = new AsyncQueue<LogEntry>()
  entries.push(entry)
  const { raw, call } = await startServer(t, {
    containers: {
      async logs(_ref, options, aborted) {
        signal = aborted
        if (!options.follow) entries.close()
        return { tty: false, entries }
      },
    },
  })
  const none = await call('GET', '/containers/c/logs')
  assert.deepEqual(none.json, { message: 'Bad parameters: you must choose at least one stream' })
  const socket = raw('GET /containers/c/logs?stderr=1&follow=1&timestamps=1&details=1 HTTP/1.1\r\nHost: d\r\n\r\n')
  let text = ''
  while (!text.includes('text\n')) text += String(((await once(socket, 'data')) as [Buffer])[0])
  const line = '2026-01-02T03:04:05.000000006Z a=1,b=2+3 text\n'
  assert.ok(text.includes(`\x02\0\0\0\0\0\0${String.fromCharCode(line.length)}${line}`), text)
  assert.equal(signal?.aborted, false)
  const gone = once(signal ?? new EventTarget(), 'abort')
  socket.destroy()
  await gone
})

test('closing the server ends conversations that would go on', async (t) => {
  const { raw, server } = await attaching(t, true)
  const socket = raw(`POST /containers/c/attach HTTP/1.1\r\n${upgrade}`)
  await once(socket, 'data')
  const ended = once(socket.resume(), 'close')
  socket.on('error', () => {})
  socket.on('end', () => socket.destroy())
  await server.close()
  await ended
})
