import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Api, at, unframed } from './api.js'

export async function containerStreams(t: TestContext, api: Api): Promise<void> {
  const run = async (name: string, body: object): Promise<string> => {
    const answer = await api.ok('POST', '/containers/create', { query: { name }, body: { Image: 'busybox', ...body } })
    const id = String(at(answer, 'Id'))
    await api.ok('POST', `/containers/${id}/start`)
    await api.ok('POST', `/containers/${id}/wait`)
    return id
  }

  await t.test('logs of both streams, in frames', async () => {
    const id = await run('conf-logs', { Cmd: ['sh', '-c', 'echo one; echo two >&2; sleep 0.2; echo three'] })
    const path = `/containers/${id}/logs`
    const both = await api.call('GET', path, { query: { stdout: '1', stderr: '1' } })
    assert.equal(both.headers['content-type'], 'application/vnd.docker.multiplexed-stream')
    assert.deepEqual(unframed(both.body).trim().split('\n').sort(), ['one', 'three', 'two'])
    const err = await api.call('GET', path, { query: { stderr: '1' } })
    assert.equal(err.body[0], 2)
    assert.equal(unframed(err.body), 'two\n')
    const tail = await api.call('GET', path, { query: { stdout: '1', tail: '1', timestamps: '1' } })
    assert.match(unframed(tail.body), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z three\n$/)
    const none = await api.call('GET', path, { query: { stdout: '1', tail: '0' } })
    assert.equal(none.body.length, 0)
    const future = await api.call('GET', path, { query: { stdout: '1', since: '4000000000' } })
    assert.equal(future.body.length, 0)
    const follow = await api.call('GET', path, { query: { stdout: '1', follow: '1' } })
    assert.equal(unframed(follow.body), 'one\nthree\n')
    await api.ok('DELETE', `/containers/${id}`)
  })

  await t.test('logs of a terminal are raw', async () => {
    const id = await run('conf-tty', { Tty: true, Cmd: ['echo', 'hello'] })
    const logs = await api.call('GET', `/containers/${id}/logs`, { query: { stdout: '1' } })
    assert.equal(logs.headers['content-type'], 'application/vnd.docker.raw-stream')
    assert.equal(logs.body.toString(), 'hello\r\n')
    await api.ok('DELETE', `/containers/${id}`)
  })

  await t.test('wait for the next exit, and for the removal', async () => {
    const body = { Image: 'busybox', Cmd: ['sh', '-c', 'exit 7'], HostConfig: { AutoRemove: true } }
    const id = String(at(await api.ok('POST', '/containers/create', { body }), 'Id'))
    const next = api.ok('POST', `/containers/${id}/wait`, { query: { condition: 'next-exit' } })
    const removed = api.ok('POST', `/containers/${id}/wait`, { query: { condition: 'removed' } })
    await new Promise((resolve) => setTimeout(resolve, 200))
    await api.ok('POST', `/containers/${id}/start`)
    assert.deepEqual(await next, { StatusCode: 7 })
    assert.deepEqual(await removed, { StatusCode: 7 })
    await api.refused(404, `No such container: ${id}`, 'GET', `/containers/${id}/json`)
  })
}
