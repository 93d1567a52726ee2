import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Api, at, linesOf } from './api.js'

export async function system(t: TestContext, api: Api): Promise<void> {
  await t.test('ping, with and without a body', async () => {
    const ping = await api.call('GET', '/_ping')
    assert.equal(ping.body.toString(), 'OK')
    assert.ok(ping.headers['api-version'])
    assert.equal(ping.headers['ostype'], 'linux')
    const head = await api.call('HEAD', '/_ping')
    assert.equal(head.status, 200)
    assert.equal(head.body.length, 0)
  })

  await t.test('version and information', async () => {
    assert.ok(at(await api.ok('GET', '/version'), 'ApiVersion'))
    const info = await api.ok('GET', '/info')
    assert.equal(at(info, 'OSType'), 'linux')
    assert.equal(at(info, 'Swarm', 'LocalNodeState'), 'inactive')
    assert.ok(Number(at(info, 'NCPU')) > 0)
  })

  await t.test('disk usage, of all and of some', async () => {
    const all = await api.ok('GET', '/system/df')
    for (const name of ['LayersSize', 'Images', 'Containers', 'Volumes'])
      assert.notEqual(at(all, name), undefined, name)
    const some = await api.ok('GET', '/system/df', { query: { type: 'volume' } })
    assert.equal(at(some, 'Images') ?? null, null)
  })

  await t.test('past events, filtered', async () => {
    const since = String(Math.floor(Date.now() / 1000) - 1)
    await api.ok('POST', '/volumes/create', { body: { Name: 'conf-ev' } })
    await api.ok('DELETE', '/volumes/conf-ev')
    // Events tell nanoseconds, Date.now() only the millisecond that has begun.
    const until = ((Date.now() + 100) / 1000).toFixed(9)
    const filters = JSON.stringify({ type: { volume: true }, volume: ['conf-ev'] })
    const answer = await api.call('GET', '/events', { query: { since, until, filters } })
    const events = linesOf(answer.body)
    assert.deepEqual(
      events.map((event) => at(event, 'Action')),
      ['create', 'destroy'],
    )
    for (const event of events) {
      assert.equal(at(event, 'Type'), 'volume')
      assert.equal(at(event, 'Actor', 'ID'), 'conf-ev')
      assert.equal(at(event, 'scope'), 'local')
      assert.ok(Number(at(event, 'timeNano')) > Number(at(event, 'time')) * 1e9 - 1)
    }
  })

  await t.test('no plugins, and no build cache', async () => {
    assert.deepEqual(await api.ok('GET', '/plugins'), [])
    assert.equal(at(await api.ok('POST', '/build/prune'), 'SpaceReclaimed'), 0)
  })
}
