import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Api, at, linesOf } from './api.js'

export async function images(t: TestContext, api: Api): Promise<void> {
  await t.test('list, with filters in both forms', async () => {
    const all = (await api.ok('GET', '/images/json')) as unknown[]
    assert.ok(all.length >= 2)
    for (const filters of ['{"reference":["busybox"]}', '{"reference":{"busybox":true}}']) {
      const found = (await api.ok('GET', '/images/json', { query: { filters } })) as unknown[]
      assert.equal(found.length, 1)
      assert.ok((at(found, 0, 'RepoTags') as string[]).includes('busybox:latest'))
    }
  })

  await t.test('inspect and history', async () => {
    const image = await api.ok('GET', '/images/busybox/json')
    assert.match(String(at(image, 'Id')), /^sha256:[0-9a-f]{64}$/)
    assert.deepEqual(at(image, 'Config', 'Cmd'), ['sh'])
    const byId = await api.ok('GET', `/images/${String(at(image, 'Id'))}/json`)
    assert.deepEqual(byId, image)
    assert.ok(((await api.ok('GET', '/images/busybox/history')) as unknown[]).length > 0)
  })

  await t.test('tag, untag, and an image in use', async () => {
    const query = { repo: 'reg.example:5000/conf/app', tag: 'v1' }
    const tagged = await api.call('POST', '/images/busybox/tag', { query })
    assert.equal(tagged.status, 201)
    const name = 'reg.example:5000/conf/app:v1'
    assert.equal((await api.call('GET', `/images/${name}/json`)).status, 200)
    assert.deepEqual(await api.ok('DELETE', `/images/${name}`), [{ Untagged: name }])
    await api.refused(404, /No such image/, 'GET', `/images/${name}/json`)
  })

  await t.test('save one, save many, load again', async () => {
    const one = await api.call('GET', '/images/busybox:latest/get')
    assert.equal(one.headers['content-type'], 'application/x-tar')
    assert.ok(one.body.includes('manifest.json'))
    const many = await api.call('GET', '/images/get', { query: { names: 'nginx:latest' } })
    assert.ok(many.body.includes('nginx:latest'))
    const headers = { 'Content-Type': 'application/x-tar' }
    const loaded = await api.call('POST', '/images/load', { raw: one.body, headers })
    const messages = linesOf(loaded.body).map((line) => String(at(line, 'stream')))
    assert.ok(
      messages.some((message) => message.startsWith('Loaded image')),
      messages.join(''),
    )
  })

  await t.test('import, and remove', async () => {
    const container = await api.ok('POST', '/containers/create', { body: { Image: 'busybox', Cmd: ['true'] } })
    const id = String(at(container, 'Id'))
    const tar = await api.call('GET', `/containers/${id}/export`)
    const query = { fromSrc: '-', repo: 'conf-import', tag: 'a', changes: 'ENV A=b' }
    const lines = linesOf((await api.call('POST', '/images/create', { query, raw: tar.body })).body)
    assert.match(String(at(lines.at(-1), 'status')), /^sha256:/)
    const image = await api.ok('GET', '/images/conf-import:a/json')
    assert.deepEqual(at(image, 'Config', 'Env'), ['A=b'])
    const committed = await api.ok('POST', '/commit', {
      query: { container: id, repo: 'conf-commit', comment: 'c', author: 'a' },
    })
    assert.match(String(at(committed, 'Id')), /^sha256:/)
    assert.equal(at(await api.ok('GET', '/images/conf-commit/json'), 'Author'), 'a')
    await api.ok('DELETE', `/containers/${id}`)
    await api.ok('DELETE', '/images/conf-commit')
    const removed = (await api.ok('DELETE', '/images/conf-import:a')) as unknown[]
    assert.ok(removed.some((item) => at(item, 'Deleted') !== undefined))
  })

  await t.test('prune takes what is dangling', async () => {
    assert.ok(Number(at(await api.ok('POST', '/images/prune'), 'SpaceReclaimed')) >= 0)
  })
}
