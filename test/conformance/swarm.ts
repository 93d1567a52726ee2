import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Api, at } from './api.js'

export async function swarm(t: TestContext, api: Api): Promise<void> {
  await t.test('init answers the id of the node', async () => {
    const body = { ListenAddr: '127.0.0.1:2377', AdvertiseAddr: '127.0.0.1' }
    const id = await api.ok('POST', '/swarm/init', { body })
    assert.match(String(id), /^[0-9a-z]{25}$/)
    const info = await api.ok('GET', '/info')
    assert.equal(at(info, 'Swarm', 'LocalNodeState'), 'active')
    assert.equal(at(info, 'Swarm', 'NodeID'), id)
    assert.equal((await api.call('GET', '/_ping')).headers['swarm'], 'active/manager')
    await api.refused(503, /already part of a swarm/, 'POST', '/swarm/init', { body })
    const join = { ...body, RemoteAddrs: ['127.0.0.1:1'], JoinToken: 'x' }
    await api.refused(503, /already part of a swarm/, 'POST', '/swarm/join', { body: join })
  })

  await t.test('inspect, update, rotate the tokens', async () => {
    const before = await api.ok('GET', '/swarm')
    assert.match(String(at(before, 'JoinTokens', 'Worker')), /^SWMTKN-1-[0-9a-z]{50}-[0-9a-z]{25}$/)
    const version = String(at(before, 'Version', 'Index'))
    const body = { ...(at(before, 'Spec') as object), Orchestration: { TaskHistoryRetentionLimit: 3 } }
    await api.ok('POST', '/swarm/update', { query: { version, rotateWorkerToken: 'true' }, body })
    const after = await api.ok('GET', '/swarm')
    assert.equal(at(after, 'Spec', 'Orchestration', 'TaskHistoryRetentionLimit'), 3)
    assert.notEqual(at(after, 'JoinTokens', 'Worker'), at(before, 'JoinTokens', 'Worker'))
    assert.equal(at(after, 'JoinTokens', 'Manager'), at(before, 'JoinTokens', 'Manager'))
    await api.refused(500, /update out of sequence/, 'POST', '/swarm/update', { query: { version }, body })
    assert.equal(at(await api.ok('GET', '/swarm/unlockkey'), 'UnlockKey'), '')
    await api.refused(409, 'swarm is not locked', 'POST', '/swarm/unlock', { body: { UnlockKey: 'x' } })
  })

  await t.test('the networks that come with it, and one more', async () => {
    const filters = JSON.stringify({ driver: ['overlay'] })
    const found = (await api.ok('GET', '/networks', { query: { filters } })) as unknown[]
    const ingress = found.find((network) => at(network, 'Name') === 'ingress')
    assert.equal(at(ingress, 'Scope'), 'swarm')
    assert.equal(at(ingress, 'Ingress'), true)
    const body = { Name: 'conf-overlay', Driver: 'overlay', Attachable: true }
    const id = at(await api.ok('POST', '/networks/create', { body }), 'Id')
    const network = await api.ok('GET', '/networks/conf-overlay', { query: { verbose: 'true', scope: 'swarm' } })
    assert.equal(at(network, 'Id'), id)
    await api.refused(409, 'network with name conf-overlay already exists', 'POST', '/networks/create', { body })
  })
}
