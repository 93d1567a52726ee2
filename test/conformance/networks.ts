import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Api, at } from './api.js'

export async function networks(t: TestContext, api: Api): Promise<void> {
  await t.test('the three that are always there', async () => {
    const found = (await api.ok('GET', '/networks')) as unknown[]
    const names = found.map((network) => String(at(network, 'Name')))
    for (const name of ['bridge', 'host', 'none']) assert.ok(names.includes(name), name)
  })

  await t.test('create, inspect, list, remove', async () => {
    const body = {
      Name: 'conf-net',
      Driver: 'bridge',
      Labels: { a: 'b' },
      IPAM: { Config: [{ Subnet: '172.31.7.0/24', Gateway: '172.31.7.1' }] },
    }
    const answer = await api.call('POST', '/networks/create', { body })
    assert.equal(answer.status, 201)
    const id = String(at(answer.json, 'Id'))
    const network = await api.ok('GET', '/networks/conf-net')
    assert.equal(at(network, 'Id'), id)
    assert.deepEqual(at(network, 'IPAM', 'Config'), [{ Subnet: '172.31.7.0/24', Gateway: '172.31.7.1' }])
    const filters = JSON.stringify({ label: ['a=b'] })
    const list = (await api.ok('GET', '/networks', { query: { filters } })) as unknown[]
    assert.deepEqual(
      list.map((each) => at(each, 'Id')),
      [id],
    )
    await api.refused(409, 'network with name conf-net already exists', 'POST', '/networks/create', { body })
    assert.equal(at(await api.ok('GET', `/networks/${id.slice(0, 12)}`), 'Name'), 'conf-net')
  })

  await t.test('connect and disconnect', async () => {
    const container = await api.ok('POST', '/containers/create', {
      query: { name: 'conf-nc' },
      body: { Image: 'busybox', Cmd: ['sleep', '600'], StopTimeout: 0 },
    })
    const id = String(at(container, 'Id'))
    await api.ok('POST', `/containers/${id}/start`)
    const config = { Aliases: ['other'], IPAMConfig: { IPv4Address: '172.31.7.9' } }
    const connect = await api.call('POST', '/networks/conf-net/connect', {
      body: { Container: 'conf-nc', EndpointConfig: config },
    })
    assert.equal(connect.status, 200)
    const endpoint = at(await api.ok('GET', `/containers/${id}/json`), 'NetworkSettings', 'Networks', 'conf-net')
    assert.equal(at(endpoint, 'IPAddress'), '172.31.7.9')
    const network = await api.ok('GET', '/networks/conf-net')
    assert.equal(at(network, 'Containers', id, 'IPv4Address'), '172.31.7.9/24')
    await api.refused(403, /has active endpoints/, 'DELETE', '/networks/conf-net')
    await api.refused(
      403,
      /already exists in network conf-net|is already attached/,
      'POST',
      '/networks/conf-net/connect',
      {
        body: { Container: 'conf-nc' },
      },
    )
    await api.ok('POST', '/networks/conf-net/disconnect', { body: { Container: 'conf-nc' } })
    assert.deepEqual(at(await api.ok('GET', '/networks/conf-net'), 'Containers'), {})
    await api.ok('DELETE', `/containers/${id}`, { query: { force: '1' } })
  })

  await t.test('removed, and pruned', async () => {
    assert.equal((await api.call('DELETE', '/networks/conf-net')).status, 204)
    await api.refused(404, 'network conf-net not found', 'GET', '/networks/conf-net')
    await api.ok('POST', '/networks/create', { body: { Name: 'conf pruned' } })
    const pruned = await api.ok('POST', '/networks/prune')
    assert.ok((at(pruned, 'NetworksDeleted') as string[]).includes('conf pruned'))
  })
}
