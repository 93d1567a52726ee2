import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { test } from 'node:test'
import { conflict, internal, notFound, notModified, unavailable } from '@essaim/base'
import { silentLogger } from '@essaim/base'
import { createApiServer } from './api-server.js'
import { startServer } from './test-support/server.js'

test('a ping answers OK with the headers that clients negotiate by', async (t) => {
  const { call } = await startServer(t, {})
  const reply = await call('GET', '/_ping')
  assert.equal(reply.status, 200)
  assert.equal(reply.text, 'OK')
  const { headers } = reply
  assert.equal(headers['api-version'], '1.51')
  assert.equal(headers['docker-experimental'], 'false')
  assert.equal(headers['ostype'], 'linux')
  assert.equal(headers['server'], 'Essaim/1.2.3 (linux)')
  assert.equal(headers['builder-version'], '1')
  assert.equal(headers['swarm'], 'active/manager')
  const head = await call('HEAD', '/_ping')
  assert.equal(head.status, 200)
  assert.equal(head.text, '')
})

test('the version prefix is optional, and refused outside of the range', async (t) => {
  const { call } = await startServer(t, { system: { version: async () => ({ Version: 'x' }) } })
  for (const path of ['/version', '/v1.24/version', '/v1.51/version']) {
    assert.deepEqual((await call('GET', path)).json, { Version: 'x' })
  }
  const newer = await call('GET', '/v1.52/version')
  assert.equal(newer.status, 400)
  assert.deepEqual(newer.json, {
    message: 'client version 1.52 is too new. Maximum supported API version is 1.51',
  })
  const older = await call('GET', '/v1.23/version')
  assert.equal(older.status, 400)
  assert.deepEqual(older.json, {
    message:
      'client version 1.23 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version',
  })
})

test('what is not a route, or not with that method, is not found', async (t) => {
  const { call } = await startServer(t, {})
  for (const [method, path] of [
    ['GET', '/nope'],
    ['PATCH', '/containers/json'],
    ['POST', '/_ping'],
    ['GET', '/v1.41'],
  ] as const) {
    const reply = await call(method, path)
    assert.equal(reply.status, 404, path)
    assert.deepEqual(reply.json, { message: 'page not found' })
    assert.equal(reply.headers['api-version'], '1.51')
  }
})

test('each kind of error has its status; a defect is 500 without its stack', async (t) => {
  const errors: Record<string, Error> = {
    'a/b': notFound('x', 'No such container: a/b', { hint: 'look again' }),
    c: conflict('x', 'in use'),
    u: unavailable('x', 'not now'),
    i: internal('x', 'broken', { cause: new Error('inner') }),
    d: new TypeError('defect'),
  }
  const inspect = async (ref: string): Promise<never> => {
    throw errors[ref] ?? new Error('unexpected')
  }
  const { call } = await startServer(t, { containers: { inspect } })
  const missing = await call('GET', '/containers/a/b/json')
  assert.equal(missing.status, 404)
  assert.deepEqual(missing.json, { message: 'No such container: a/b', hint: 'look again' })
  assert.equal((await call('GET', '/containers/c/json')).status, 409)
  assert.equal((await call('GET', '/containers/u/json')).status, 503)
  assert.deepEqual((await call('GET', '/containers/i/json')).json, { message: 'broken' })
  const defect = await call('GET', '/containers/d/json')
  assert.equal(defect.status, 500)
  assert.deepEqual(defect.json, { message: 'defect' })
})

test('not modified has no body', async (t) => {
  const start = async (): Promise<never> => {
    throw notModified('x', 'runs already')
  }
  const { call } = await startServer(t, { containers: { start } })
  const reply = await call('POST', '/containers/c/start')
  assert.equal(reply.status, 304)
  assert.equal(reply.text, '')
})

test('the socket is for its owner and group; a stale one is replaced, one in use is refused', async (t) => {
  const { path } = await startServer(t, {})
  assert.equal((await stat(path)).mode & 0o777, 0o660)
  const second = createApiServer({} as never, { logger: silentLogger, version: '1' })
  await assert.rejects(second.listen(`unix://${path}`), /another daemon listens/)
  await assert.rejects(second.listen('unix://relative'), /not an absolute path/)
  await assert.rejects(second.listen('fd://'), /invalid bind address/)
  await second.close()
})

test('it listens on loopback too, and says on which port', async (t) => {
  const { server } = await startServer(t, {})
  const address = await server.listen('tcp://127.0.0.1:0')
  assert.match(address, /^tcp:\/\/127\.0\.0\.1:\d+$/)
  const answer = await fetch(`${address.replace('tcp', 'http')}/_ping`)
  assert.equal(await answer.text(), 'OK')
})
