import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openManager } from '../../manager.fixture.js'

void test('the nodes` own networks are found by name and id, and not listed', async (t) => {
  const { manager } = await openManager(t)
  const host = await manager.networks.inspect('host')
  assert.deepEqual(
    [host.Name, host.Scope, host.Driver, host.IPAM, host.Options],
    ['host', 'swarm', 'host', { Driver: '', Config: [] }, undefined],
  )
  assert.deepEqual(await manager.networks.inspect(host.Id ?? ''), host)
  assert.deepEqual(
    (await manager.networks.list({})).map(({ Name }) => Name),
    ['ingress'],
  )
  await assert.rejects(manager.networks.inspect('none'), { kind: 'not-found', message: 'network none not found' })
})
