import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Api, at } from './api.js'
import { makeMistakes } from './refusals.js'

/** Mistakes that clients make, outside a swarm. */
export async function wrongInput(t: TestContext, api: Api): Promise<void> {
  const body = {
    Image: 'busybox',
    Cmd: ['sleep', '600'],
    StopSignal: 'SIGKILL',
    HostConfig: { PortBindings: { '80/tcp': [{ HostPort: '18099' }] } },
  }
  const create = (name: string): Promise<unknown> => api.ok('POST', '/containers/create', { query: { name }, body })
  await create('running')
  await create('other')
  await api.ok('POST', '/containers/running/start')
  const readonly = { Image: 'busybox', Cmd: ['true'], HostConfig: { ReadonlyRootfs: true } }
  await api.ok('POST', '/containers/create', { query: { name: 'readonly' }, body: readonly })

  for (const table of ['bodies', 'filters', 'containers', 'images', 'networks', 'volumes']) {
    await t.test(table, (inner) => makeMistakes(inner, api, table))
  }

  await t.test('what is not JSON', async () => {
    const headers = { 'Content-Type': 'application/json' }
    const send = (raw: string, message: string): Promise<void> =>
      api.refused(400, message, 'POST', '/volumes/create', { raw, headers })
    await send('{bad', "invalid character 'b' looking for beginning of object key string")
    await send('{"a":1', 'unexpected EOF')
    await send(' ', 'got EOF while reading request body')
    const plain = { raw: '{}', headers: { 'Content-Type': 'text/plain' } }
    const message = "Content-Type specified (text/plain) must be 'application/json'"
    await api.refused(400, message, 'POST', '/volumes/create', plain)
  })

  await t.test('a body of 100 MB', async () => {
    const headers = { 'Content-Type': 'application/json' }
    const raw = Buffer.alloc(100_000_000, 0x20)
    await api.refused(413, /^request body is too large/, 'POST', '/containers/create', { raw, headers })
  })

  await t.test('names and images that others have', async () => {
    const taken =
      /^Error when allocating new name: Conflict\. The container name "\/other" is already in use by container/
    await api.refused(409, taken, 'POST', '/containers/running/rename', { query: { name: 'other' } })
    const { Image: image } = (await api.ok('GET', '/containers/running/json')) as { Image: string }
    const used =
      /^conflict: unable to delete [0-9a-f]{12} \(cannot be forced\) - image is being used by running container/
    await api.refused(409, used, 'DELETE', `/images/${image}`)
  })

  await t.test('a look at files that are not there has no body', async () => {
    assert.equal((await api.call('HEAD', '/containers/running/archive')).status, 400)
    assert.equal((await api.call('HEAD', '/containers/running/archive', { query: { path: '/no' } })).status, 404)
  })

  await t.test('a port that is taken', async () => {
    const taken = /port is already allocated|address already in use/
    const start = await api.call('POST', '/containers/other/start')
    assert.equal(start.status, 500)
    assert.match(String(at(start.json, 'message')), taken)
  })

  await t.test('a command that is not there', async () => {
    const request = { query: { name: 'conf-bad' }, body: { Image: 'busybox', Cmd: ['/nosuch'] } }
    await api.ok('POST', '/containers/create', request)
    const why = /exec: "\/nosuch": stat \/nosuch: no such file or directory: unknown$/
    await api.refused(400, why, 'POST', '/containers/conf-bad/start')
    assert.equal(at(await api.ok('GET', '/containers/conf-bad/json'), 'State', 'ExitCode'), 127)
    await api.ok('DELETE', '/containers/conf-bad')
  })

  for (const name of ['running', 'other', 'readonly'])
    await api.ok('DELETE', `/containers/${name}`, { query: { force: '1' } })
}
