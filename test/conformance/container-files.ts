import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { eventually } from '@essaim/testing'
import { type Api, at } from './api.js'

export async function containerFiles(t: TestContext, api: Api): Promise<void> {
  const body = { Image: 'busybox', Cmd: ['sh', '-c', 'echo text > /file'] }
  const id = String(at(await api.ok('POST', '/containers/create', { body }), 'Id'))
  await api.ok('POST', `/containers/${id}/start`)
  await api.ok('POST', `/containers/${id}/wait`)
  const path = `/containers/${id}/archive`

  await t.test('what a path is, in a header', async () => {
    const head = await api.call('HEAD', path, { query: { path: '/file' } })
    const stat = JSON.parse(
      Buffer.from(String(head.headers['x-docker-container-path-stat']), 'base64').toString(),
    ) as unknown
    assert.equal(at(stat, 'name'), 'file')
    assert.equal(at(stat, 'size'), 5)
    assert.equal(Number(at(stat, 'mode')) & 0o777, 0o644)
  })

  await t.test('out, and in again elsewhere', async () => {
    const out = await api.call('GET', path, { query: { path: '/file' } })
    assert.equal(out.headers['content-type'], 'application/x-tar')
    assert.ok(out.body.includes('text\n'))
    const headers = { 'Content-Type': 'application/x-tar' }
    const put = await api.call('PUT', path, { query: { path: '/tmp' }, raw: out.body, headers })
    assert.equal(put.status, 200)
    const again = await api.call('GET', path, { query: { path: '/tmp/file' } })
    assert.ok(again.body.includes('text\n'))
    await api.refused(404, /Could not find the file \/nope in container/, 'GET', path, { query: { path: '/nope' } })
  })

  await t.test('what has changed, and all of it', async () => {
    const changes = (await api.ok('GET', `/containers/${id}/changes`)) as unknown[]
    assert.ok(changes.some((change) => at(change, 'Path') === '/file' && at(change, 'Kind') === 1))
    const tar = await api.call('GET', `/containers/${id}/export`)
    assert.ok(tar.body.includes('bin/busybox'))
  })

  await t.test('all of one that runs, and nothing of what is mounted into it', async () => {
    const host = { HostConfig: { Binds: [`${import.meta.filename}:/mounted`] } }
    const running = { ...body, Cmd: ['sh', '-c', 'echo of-its-own > /file; sleep 1000'], ...host }
    const other = String(at(await api.ok('POST', '/containers/create', { body: running }), 'Id'))
    await api.ok('POST', `/containers/${other}/start`)
    await eventually('its file', async () => {
      return (await api.call('HEAD', `/containers/${other}/archive`, { query: { path: '/file' } })).status === 200
    })
    const { body: tar } = await api.call('GET', `/containers/${other}/export`)
    assert.ok(tar.includes('of-its-own'))
    assert.ok(tar.includes('mounted'))
    assert.ok(!tar.includes('nothing of what is mounted into it'))
    await api.ok('DELETE', `/containers/${other}`, { query: { force: 'true' } })
  })

  await api.ok('DELETE', `/containers/${id}`)
}
