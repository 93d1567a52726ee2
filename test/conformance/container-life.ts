import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Api, at } from './api.js'

const sleeper = { Image: 'busybox', Cmd: ['sleep', '600'], StopSignal: 'SIGKILL', Labels: { conf: 'life' } }

export async function containerLife(t: TestContext, api: Api): Promise<void> {
  const path = '/containers/conf-life'
  const state = async (): Promise<unknown> => at(await api.ok('GET', `${path}/json`), 'State', 'Status')

  await t.test('create', async () => {
    const answer = await api.call('POST', '/containers/create', { query: { name: 'conf-life' }, body: sleeper })
    assert.equal(answer.status, 201)
    assert.match(String(at(answer.json, 'Id')), /^[0-9a-f]{64}$/)
    assert.deepEqual(at(answer.json, 'Warnings'), [])
    assert.equal(await state(), 'created')
    const again = { query: { name: 'conf-life' }, body: sleeper }
    const taken =
      /^Conflict\. The container name "\/conf-life" is already in use by container "[0-9a-f]{64}"\. You have to remove \(or rename\) that container to be able to reuse that name\.$/
    await api.refused(409, taken, 'POST', '/containers/create', again)
  })

  await t.test('start, and start again', async () => {
    assert.equal((await api.call('POST', `${path}/start`)).status, 204)
    assert.equal((await api.call('POST', `${path}/start`)).status, 304)
    assert.equal(await state(), 'running')
  })

  await t.test('list with filters', async () => {
    const query = {
      filters: JSON.stringify({ label: { 'conf=life': true }, status: ['running'] }),
      limit: '-1',
      size: '1',
    }
    const found = (await api.ok('GET', '/containers/json', { query })) as unknown[]
    assert.equal(found.length, 1)
    assert.deepEqual(at(found, 0, 'Names'), ['/conf-life'])
    assert.equal(at(found, 0, 'State'), 'running')
    assert.equal(typeof at(found, 0, 'SizeRootFs'), 'number')
  })

  await t.test('inspect with its size, top, stats once, changes', async () => {
    const found = await api.ok('GET', `${path}/json`, { query: { size: '1' } })
    assert.equal(typeof at(found, 'SizeRw'), 'number')
    const top = await api.ok('GET', `${path}/top`)
    assert.ok((at(top, 'Titles') as string[]).includes('PID'))
    assert.equal((at(top, 'Processes') as unknown[]).length, 1)
    const custom = await api.ok('GET', `${path}/top`, { query: { ps_args: '-o pid,comm' } })
    assert.deepEqual(at(custom, 'Titles'), ['PID', 'COMMAND'])
    const stats = await api.ok('GET', `${path}/stats`, { query: { stream: '0' } })
    assert.equal(at(stats, 'name'), '/conf-life')
    assert.ok(Number(at(stats, 'cpu_stats', 'cpu_usage', 'total_usage')) > 0)
    assert.equal((await api.call('GET', `${path}/changes`)).status, 200)
  })

  await t.test('pause and unpause', async () => {
    assert.equal((await api.call('POST', `${path}/pause`)).status, 204)
    assert.equal(await state(), 'paused')
    await api.refused(409, /is already paused$/, 'POST', `${path}/pause`)
    assert.equal((await api.call('POST', `${path}/unpause`)).status, 204)
    await api.refused(409, /is not paused$/, 'POST', `${path}/unpause`)
  })

  await t.test('update, rename and back, resize', async () => {
    const body = { Memory: 64 * 1024 * 1024, MemorySwap: -1, RestartPolicy: { Name: 'no' } }
    await api.ok('POST', `${path}/update`, { body })
    assert.equal(at(await api.ok('GET', `${path}/json`), 'HostConfig', 'Memory'), body.Memory)
    assert.equal((await api.call('POST', `${path}/rename`, { query: { name: 'conf-other' } })).status, 204)
    await api.ok('POST', '/containers/conf-other/rename', { query: { name: 'conf-life' } })
    assert.equal(at(await api.ok('GET', `${path}/json`), 'Name'), '/conf-life')
    await api.ok('POST', `${path}/resize`, { query: { h: '24', w: '80' } })
  })

  await t.test('restart, kill, stop', async () => {
    assert.equal((await api.call('POST', `${path}/restart`, { query: { t: '0' } })).status, 204)
    assert.equal(await state(), 'running')
    await api.refused(400, /Invalid signal: NOSUCH|invalid signal: NOSUCH/i, 'POST', `${path}/kill`, {
      query: { signal: 'NOSUCH' },
    })
    assert.equal((await api.call('POST', `${path}/stop`, { query: { t: '0' } })).status, 204)
    assert.equal((await api.call('POST', `${path}/stop`)).status, 304)
    assert.equal(await state(), 'exited')
    await api.refused(409, /is not running$/, 'POST', `${path}/kill`)
    await api.ok('POST', `${path}/start`)
    assert.equal((await api.call('POST', `${path}/kill`)).status, 204)
    assert.deepEqual(await api.ok('POST', `${path}/wait`), { StatusCode: 137 })
  })

  await t.test('remove, and prune', async () => {
    await api.ok('POST', `${path}/start`)
    await api.refused(409, /cannot remove a running container|cannot remove container/i, 'DELETE', path)
    assert.equal((await api.call('DELETE', path, { query: { force: '1', v: '1' } })).status, 204)
    await api.refused(404, 'No such container: conf-life', 'DELETE', path)
    const id = String(at(await api.ok('POST', '/containers/create', { body: sleeper }), 'Id'))
    const filters = JSON.stringify({ label: ['conf=life'] })
    const pruned = await api.ok('POST', '/containers/prune', { query: { filters } })
    assert.deepEqual(at(pruned, 'ContainersDeleted'), [id])
  })
}
