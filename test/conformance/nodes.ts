import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Api, at } from './api.js'

export async function nodes(t: TestContext, api: Api): Promise<void> {
  await t.test('list, inspect, update', async () => {
    const filters = JSON.stringify({ role: { manager: true } })
    const [node, ...others] = (await api.ok('GET', '/nodes', { query: { filters } })) as unknown[]
    assert.equal(others.length, 0)
    const id = String(at(node, 'ID'))
    assert.equal(at(node, 'Status', 'State'), 'ready')
    assert.equal(at(node, 'ManagerStatus', 'Leader'), true)
    assert.equal(at(await api.ok('GET', `/nodes/${id}`), 'ID'), id)
    const query = { version: String(at(node, 'Version', 'Index')) }
    const body = { ...(at(node, 'Spec') as object), Labels: { rack: '1' }, Availability: 'drain' }
    await api.ok('POST', `/nodes/${id}/update`, { query, body })
    const after = await api.ok('GET', `/nodes/${id}`)
    assert.deepEqual(at(after, 'Spec', 'Labels'), { rack: '1' })
    assert.equal(at(after, 'Spec', 'Availability'), 'drain')
    await api.refused(500, /update out of sequence/, 'POST', `/nodes/${id}/update`, { query, body })
    const again = { version: String(at(after, 'Version', 'Index')) }
    await api.ok('POST', `/nodes/${id}/update`, { query: again, body: { ...body, Availability: 'active' } })
    await api.refused(400, /is a cluster manager and is a member of the raft cluster/, 'DELETE', `/nodes/${id}`)
  })
}
