import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { TestContext } from 'node:test'
import { type Api, at, unframed } from './api.js'

const upgrade = 'Host: docker\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n'

export async function connections(t: TestContext, api: Api): Promise<void> {
  const open = (head: string): Socket => {
    const socket = connect({ path: api.socket, allowHalfOpen: true })
    socket.write(`${head}\r\n`)
    return socket
  }
  const create = async (body: object): Promise<string> => {
    const common = { Image: 'busybox', AttachStdin: true, AttachStdout: true, OpenStdin: true, StdinOnce: true }
    return String(at(await api.ok('POST', '/containers/create', { body: { ...common, ...body } }), 'Id'))
  }
  const query = 'stream=1&stdin=1&stdout=1&stderr=1'

  await t.test('attach before the start loses nothing, and passes on the end of input', async () => {
    const id = await create({ Cmd: ['sh', '-c', 'echo first; cat; echo last'] })
    const socket = open(`POST /v1.41/containers/${id}/attach?${query} HTTP/1.1\r\n${upgrade}`)
    const [head] = (await once(socket, 'data')) as [Buffer]
    socket.pause()
    assert.match(head.toString(), /^HTTP\/1\.1 101 UPGRADED\r\n/)
    await api.ok('POST', `/containers/${id}/start`)
    socket.end('typed\n')
    const bytes = await buffer(socket)
    assert.equal(bytes[0], 1)
    assert.equal(unframed(bytes), 'first\ntyped\nlast\n')
    assert.deepEqual(await api.ok('POST', `/containers/${id}/wait`), { StatusCode: 0 })
    await api.ok('DELETE', `/containers/${id}`)
  })

  await t.test('a terminal over a WebSocket', async () => {
    const id = await create({ Tty: true, Cmd: ['sh', '-c', 'echo hello; sleep 600'], StopSignal: 'SIGKILL' })
    await api.ok('POST', `/containers/${id}/start`)
    const socket = open(
      `GET /containers/${id}/attach/ws?${query}&logs=1 HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\n` +
        'Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
    )
    let text = ''
    while (!text.includes('hello')) text += String(((await once(socket, 'data')) as [Buffer])[0])
    assert.match(text, /Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/i)
    socket.destroy()
    await api.ok('DELETE', `/containers/${id}`, { query: { force: '1' } })
  })

  await t.test('events as they happen', async () => {
    const filters = encodeURIComponent(JSON.stringify({ type: ['volume'] }))
    const socket = open(`GET /events?filters=${filters} HTTP/1.1\r\nHost: d\r\n`)
    const [head] = (await once(socket, 'data')) as [Buffer]
    assert.match(head.toString(), /^HTTP\/1\.1 200 OK\r\n/)
    await api.ok('POST', '/volumes/create', { body: { Name: 'conf-live' } })
    const [event] = (await once(socket, 'data')) as [Buffer]
    assert.match(event.toString(), /"Action":"create"/)
    socket.destroy()
    await api.ok('DELETE', '/volumes/conf-live')
  })

  await t.test('an attach to what is not there is an ordinary refusal', async () => {
    const socket = open(`POST /containers/nope/attach?${query} HTTP/1.1\r\n${upgrade}`)
    assert.match((await buffer(socket)).toString(), /^HTTP\/1\.1 404 Not Found\r\n.*No such container: nope/s)
  })
}
