import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import type { TestContext } from 'node:test'
import { registryLogin, TestRegistry } from '@essaim/testing'
import { type Api, at, linesOf } from './api.js'
import { registryAddress } from './engine.js'

/** What needs a registry: Debian's own, with a login. */
export async function registry(t: TestContext, api: Api): Promise<void> {
  const folder = await mkdtemp('/tmp/es-conform-registry-')
  const there = await TestRegistry.start({ folder, address: registryAddress, port: 5400, login: true })
  t.after(async () => {
    await there[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })
  const login = { username: registryLogin.user, password: registryLogin.password, serveraddress: there.place }
  const header = (auth: object): { headers: Record<string, string> } => ({
    headers: { 'X-Registry-Auth': Buffer.from(JSON.stringify(auth)).toString('base64url') },
  })
  const right = header(login)
  const wrong = header({ ...login, password: 'wrong' })
  const name = `${there.place}/conf/app`

  await t.test('login', async () => {
    const answer = await api.ok('POST', '/auth', { body: login })
    assert.deepEqual(answer, { Status: 'Login Succeeded', IdentityToken: '' })
    const failed = `login attempt to http://${there.place}/v2/ failed with status: 401 Unauthorized`
    await api.refused(401, failed, 'POST', '/auth', { body: { ...login, password: 'wrong' } })
    const nobody = { ...login, serveraddress: `${registryAddress}:1` }
    const refused = /^Get "http:\S+\/v2\/": dial tcp \S+: connect: connection refused$/
    await api.refused(500, refused, 'POST', '/auth', { body: nobody })
    await api.refused(400, /^json: cannot unmarshal/, 'POST', '/auth', { body: { username: 5 } })
  })

  await t.test('search, which this registry does not have', async () => {
    const query = { term: `${there.place}/conf`, limit: '5' }
    await api.refused(500, 'Unexpected status code 404', 'GET', '/images/search', { query })
    await api.refused(400, /^Limit 101 is outside/, 'GET', '/images/search', { query: { ...query, limit: '101' } })
  })

  await t.test('push', async () => {
    await api.call('POST', '/images/busybox/tag', { query: { repo: name, tag: '1' } })
    const push = async (options: object, tag = '1'): Promise<unknown[]> =>
      linesOf((await api.call('POST', `/images/${name}/push`, { query: { tag }, ...options })).body)
    assert.equal(at((await push(wrong)).at(-1), 'error'), 'unauthorized: authentication required')
    assert.match(String(at((await push({})).at(-1), 'error')), /no basic auth credentials$/)
    assert.equal(at((await push(right, '2')).at(-1), 'error'), `tag does not exist: ${name}:2`)
    const said = await push(right)
    assert.equal(at(said[0], 'status'), `The push refers to repository [${name}]`)
    assert.equal(at(said.at(-1), 'aux', 'Tag'), '1')
    await api.ok('DELETE', `/images/${name}:1`)
  })

  await t.test('what a registry has, without pulling it', async () => {
    const path = `/distribution/${name}:1/json`
    const found = await api.ok('GET', path, right)
    assert.match(String(at(found, 'Descriptor', 'digest')), /^sha256:[0-9a-f]{64}$/)
    assert.deepEqual(at(found, 'Platforms', 0, 'os'), 'linux')
    await api.refused(401, 'unauthorized: authentication required', 'GET', path, wrong)
    const unknown = 'manifest unknown: manifest unknown'
    await api.refused(404, unknown, 'GET', `/distribution/${name}:2/json`, right)
  })

  await t.test('pull', async () => {
    const pull = { fromImage: name, tag: '1' }
    const missing = `manifest for ${name}:2 not found: manifest unknown: manifest unknown`
    await api.refused(404, missing, 'POST', '/images/create', { query: { ...pull, tag: '2' }, ...right })
    const denied = 'unauthorized: authentication required'
    await api.refused(500, denied, 'POST', '/images/create', { query: pull, ...wrong })
    await api.refused(500, /no basic auth credentials$/, 'POST', '/images/create', { query: pull })
    const said = linesOf((await api.call('POST', '/images/create', { query: pull, ...right })).body)
    assert.equal(at(said.at(-1), 'status'), `Status: Downloaded newer image for ${name}:1`)
    const image = await api.ok('GET', `/images/${name}:1/json`)
    assert.match(String(at(image, 'RepoDigests', 0)), /conf\/app@sha256:/)
    await api.ok('DELETE', `/images/${name}:1`)
  })
}
