import { test } from 'node:test'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Backend } from './contract.js'
import { secret, system } from './fixture.js'
import { MemoryBackend, openStore } from './index.js'

test('a write gives version and times, and the object is frozen', async () => {
  const store = await openStore(new MemoryBackend())
  const stored = await store.update(system, 'test', (tx) => tx.create('secret', secret('a', 'one')))
  assert.equal(stored.Version.Index, 1)
  assert.ok(Object.isFrozen(stored.Spec))
  assert.equal(store.view().get('secret', 'a'), stored)
  assert.deepEqual(store.view().find('secret', 'name', 'one'), [stored])
})

test('a write that throws changes nothing, and those beside it are kept', async () => {
  const store = await openStore(new MemoryBackend())
  const good = store.update(system, 'good', (tx) => tx.create('secret', secret('a', 'one')))
  const bad = store.update(system, 'bad', (tx) => {
    tx.create('secret', secret('b', 'two'))
    throw new Error('no')
  })
  const after = store.update(system, 'after', (tx) => [tx.get('secret', 'a')?.ID, tx.get('secret', 'b')?.ID])
  await good
  await assert.rejects(bad, /^Error: no$/)
  assert.deepEqual(await after, ['a', undefined])
  assert.equal(store.view().revision, 1)
})

test('an update names the version that it read', async () => {
  const store = await openStore(new MemoryBackend())
  const first = await store.update(system, 'create', (tx) => tx.create('secret', secret('a', 'one')))
  await store.update(system, 'rename', (tx) => tx.update('secret', { ...first, Spec: { Name: 'two' } }))
  const stale = store.update(system, 'rename', (tx) => tx.update('secret', { ...first, Spec: { Name: 'three' } }))
  await assert.rejects(stale, { message: 'update out of sequence', kind: 'conflict' })
  assert.equal(store.view().find('secret', 'name', 'two').length, 1)
})

test('a commit that fails refuses its writes and leaves the state', async () => {
  const memory = new MemoryBackend()
  let full = true
  const backend: Backend = {
    load: () => memory.load(),
    commit: (batches) => (full ? Promise.reject(new Error('disk full')) : memory.commit(batches)),
    close: () => memory.close(),
  }
  const store = await openStore(backend)
  const write = (): Promise<unknown> => store.update(system, 'create', (tx) => tx.create('secret', secret('a', 'one')))
  await assert.rejects(write(), { code: 'store.commit' })
  assert.equal(store.view().count('secret'), 0)
  full = false
  await write()
  assert.equal(store.view().revision, 1)
})

test('a watcher gets every batch after its view, and one that is too slow is closed', async () => {
  const store = await openStore(new MemoryBackend(), { watchLimit: 2 })
  const abort = new AbortController()
  const { changes } = store.watch(abort.signal)
  for (const id of ['a', 'b', 'c']) {
    await store.update(system, 'create', (tx) => tx.create('secret', secret(id, id)))
  }
  const seen: number[] = []
  await assert.rejects(async () => {
    for await (const batch of changes) seen.push(batch.revision)
  }, /behind/)
  assert.deepEqual(seen, [1, 2])
})

test('the journal tells who changed what and why, and outlives the store', async () => {
  const backend = new MemoryBackend()
  const store = await openStore(backend)
  await store.update({ name: 'unix:0' }, 'secret create', (tx) => tx.create('secret', secret('a', 'one')))
  const again = await openStore(backend)
  const [entry] = again.journal()
  assert.equal(entry?.author.name, 'unix:0')
  assert.equal(entry?.reason, 'secret create')
  assert.deepEqual(entry?.changes, [{ action: 'create', table: 'secret', id: 'a' }])
})

test('after any history the indexes, a reopened store and a replayed watch agree with the objects', async () => {
  const step = fc.record({
    id: fc.integer({ min: 0, max: 5 }),
    name: fc.integer({ min: 0, max: 3 }),
    kill: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 15 }), async (history) => {
      const backend = new MemoryBackend()
      const store = await openStore(backend)
      const abort = new AbortController()
      const { changes } = store.watch(abort.signal)
      const writes = history.map((steps) =>
        store.update(system, 'step', (tx) => {
          for (const { id, name, kill } of steps) {
            const before = tx.get('secret', `s${id}`)
            if (kill) tx.remove('secret', `s${id}`)
            else if (before) tx.update('secret', { ...before, Spec: { Name: `n${name}` } })
            else tx.create('secret', secret(`s${id}`, `n${name}`))
            const inside = [...tx.all('secret')].filter(({ Spec }) => Spec.Name === `n${name}`)
            assert.equal(tx.find('secret', 'name', `n${name}`).length, inside.length)
            assert.equal(tx.count('secret'), [...tx.all('secret')].length)
          }
        }),
      )
      await Promise.all(writes)
      const objects = [...store.view().all('secret')]
      for (const n of [0, 1, 2, 3]) {
        const wanted = objects.filter(({ Spec }) => Spec.Name === `n${n}`).map(({ ID }) => ID)
        const found = store.view().find('secret', 'name', `n${n}`)
        assert.deepEqual(found.map(({ ID }) => ID).sort(), wanted.sort())
      }
      const reopened = await openStore(backend)
      const byId = (list: typeof objects): typeof objects => list.toSorted((a, b) => a.ID.localeCompare(b.ID))
      assert.deepEqual(byId([...reopened.view().all('secret')]), byId(objects))
      assert.equal(reopened.view().revision, store.view().revision)
      abort.abort()
      const replayed = new Map<string, unknown>()
      for await (const batch of changes) {
        for (const { action, object } of batch.changes) {
          if (action === 'remove') assert.ok(replayed.delete(object.ID))
          else {
            assert.equal(replayed.has(object.ID), action === 'update')
            replayed.set(object.ID, object)
          }
        }
      }
      assert.deepEqual([...replayed.keys()].sort(), objects.map(({ ID }) => ID).sort())
    }),
    { numRuns: 60 },
  )
})
