import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Api, at } from './api.js'

export async function volumes(t: TestContext, api: Api): Promise<void> {
  await t.test('create, inspect and list give equal objects', async () => {
    const body = { Name: 'conf-v', Labels: { a: 'b' } }
    const answer = await api.call('POST', '/volumes/create', { body })
    assert.equal(answer.status, 201)
    assert.deepEqual(await api.ok('GET', '/volumes/conf-v'), answer.json)
    const filters = JSON.stringify({ name: ['conf-v'], label: ['a=b'] })
    const list = await api.ok('GET', '/volumes', { query: { filters } })
    assert.deepEqual(at(list, 'Volumes'), [answer.json])
    const again = await api.call('POST', '/volumes/create', { body })
    assert.deepEqual(again.json, answer.json)
  })

  await t.test('one in use is kept, even from a prune', async () => {
    const container = await api.ok('POST', '/containers/create', {
      body: { Image: 'busybox', HostConfig: { Binds: ['conf-v:/data'] } },
    })
    const id = String(at(container, 'Id'))
    await api.refused(409, `remove conf-v: volume is in use - [${id}]`, 'DELETE', '/volumes/conf-v')
    await api.ok('POST', '/volumes/prune', { query: { filters: '{"all":["true"]}' } })
    await api.ok('GET', '/volumes/conf-v')
    await api.ok('DELETE', `/containers/${id}`)
    assert.equal((await api.call('DELETE', '/volumes/conf-v')).status, 204)
    await api.refused(404, 'get conf-v: no such volume', 'GET', '/volumes/conf-v')
    assert.equal((await api.call('DELETE', '/volumes/conf-v', { query: { force: '1' } })).status, 204)
  })

  await t.test('a prune takes unnamed ones', async () => {
    const unnamed = String(at(await api.ok('POST', '/volumes/create', { body: {} }), 'Name'))
    assert.match(unnamed, /^[0-9a-f]{64}$/)
    const pruned = await api.ok('POST', '/volumes/prune')
    assert.ok((at(pruned, 'VolumesDeleted') as string[]).includes(unnamed))
  })
}
