import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { isKind } from '@essaim/base'
import { addressFrom, transportTo } from './address.js'
import { connect } from './client.js'

const folder = await mkdtemp(join(tmpdir(), 'essaim-client-'))
after(() => rm(folder, { recursive: true }))
let count = 0

/** An engine of this test's own on a real socket; it answers `/_ping` with API 1.44. */
async function serve(
  listener: RequestListener,
): Promise<{ address: string; [Symbol.dispose](): void; paths: string[] }> {
  const path = join(folder, `${++count}.sock`)
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(`${request.method} ${request.url}`)
    if (request.url === '/_ping') response.setHeader('api-version', '1.44').end('OK')
    else listener(request, response)
  })
  server.on('upgrade', (request, socket) => {
    paths.push(`${request.method} ${request.url}`)
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n')
    socket.on('data', (data: Buffer) => socket.write(data.toString().toUpperCase()))
    socket.on('end', () => socket.end())
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return { address: `unix://${path}`, paths, [Symbol.dispose]: () => void server.close() }
}

test('it speaks the version that both know, asked once, and puts filters and names into the path', async () => {
  using engine = await serve((_, response) => response.end('[]'))
  const client = connect(engine.address, {})
  await client.containers.list({ all: true, filters: { label: ['a=b'] } })
  await client.images.list()
  assert.deepEqual(engine.paths, [
    'GET /_ping',
    'GET /v1.44/containers/json?all=true&filters=%7B%22label%22%3A%5B%22a%3Db%22%5D%7D',
    'GET /v1.44/images/json',
  ])
})

test('DOCKER_API_VERSION is obeyed', async () => {
  using engine = await serve((_, response) => response.end('{}'))
  await connect(engine.address, { DOCKER_API_VERSION: '1.41' }).system.version()
  assert.equal(engine.paths[1], 'GET /v1.41/version')
})

test('a refusal keeps the words of the engine and becomes its kind', async () => {
  using engine = await serve((_, response) => {
    response.statusCode = 404
    response.end('{"message":"No such container: nosuch"}')
  })
  await assert.rejects(connect(engine.address, {}).containers.inspect('nosuch'), (error) => {
    assert(isKind(error, 'not-found'))
    assert.equal(error.message, 'No such container: nosuch')
    return error.code === 'api.404'
  })
})

test('a refusal before the whole of a long body is read is still the answer', async () => {
  using engine = await serve((_, response) => {
    response.statusCode = 413
    response.end('{"message":"too much"}')
  })
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (let turn = 0; turn < 1000; turn++) yield Buffer.alloc(65536)
  }
  await assert.rejects(async () => {
    for await (const message of connect(engine.address, {}).images.load(endless())) assert.fail(JSON.stringify(message))
  }, /too much/)
})

test('an exec session talks both ways and ends when its input ends', async () => {
  using engine = await serve((_, response) => response.end())
  const session = await connect(engine.address, {}).exec.start('e1', { tty: true })
  session.input.end('hello')
  let heard = ''
  for await (const { data } of session.output) heard += data.toString()
  assert.equal(heard, 'HELLO')
})

test('an engine that is not there says how to start it', async () => {
  await assert.rejects(connect(`unix://${folder}/nobody.sock`, {}).system.info(), (error) => {
    assert(isKind(error, 'unavailable'))
    assert.match(error.message, /Cannot connect to the daemon at unix:/)
    return error.hint !== undefined
  })
})

test('addresses: ours before DOCKER_HOST, tcp with and without port, and nonsense', () => {
  assert.equal(addressFrom({}), 'unix:///run/essaim/docker.sock')
  assert.equal(addressFrom({ DOCKER_HOST: 'tcp://a:1', ESSAIM_HOST: '' }), 'tcp://a:1')
  assert.equal(addressFrom({ DOCKER_HOST: 'tcp://a:1', ESSAIM_HOST: 'tcp://b:2' }), 'tcp://b:2')
  assert.equal(transportTo('tcp://host').address, 'tcp://host:2375')
  assert.equal(transportTo('tcp://[::1]:99').address, 'tcp://[::1]:99')
  for (const wrong of ['', '/run/x.sock', 'ftp://x', 'tcp://', 'tcp://h:123456', 'tcp://h:99999']) {
    assert.throws(() => transportTo(wrong), /invalid daemon address/)
  }
})
