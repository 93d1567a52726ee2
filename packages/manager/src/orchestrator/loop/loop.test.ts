import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLogger, randomIds } from '@essaim/base'
import { MemoryBackend } from '../../store/memory-backend.js'
import { openStore } from '../../store/store.js'
import type { Backend, Change, Store, Tx } from '../../store/contract.js'
import { SimulatedClock, settle } from '../simulation/clock.js'
import { nodeObject } from '../simulation/cluster.js'
import { Deadlines } from './deadlines.js'
import { Loop } from './loop.js'
import type { Moment, Pass } from './pass.js'

const author = { name: 'test' }

/** Copies a node's host name into its label, and what it does can be set. */
class Labeller implements Pass {
  readonly name = 'labeller'
  readonly noted = new Set<string>()
  runs = 0
  resets = 0
  at: number | undefined

  mark({ table, object }: Change): void {
    if (table === 'node') this.noted.add(object.ID)
  }

  reset(): void {
    this.resets++
    this.noted.clear()
  }

  run(tx: Tx, { now }: Moment): string | undefined {
    this.runs++
    if (this.at !== undefined && this.at <= now) this.at = undefined
    const ids = [...this.noted]
    this.noted.clear()
    for (const id of ids) {
      const node = tx.get('node', id)
      const host = node?.Description.Hostname ?? ''
      if (node === undefined || node.Spec.Labels?.['host'] === host) continue
      tx.update('node', { ...node, Spec: { ...node.Spec, Labels: { host } } })
    }
    return 'labelled'
  }

  due(): number | undefined {
    return this.at
  }

  dirty(): boolean {
    return this.noted.size > 0
  }
}

async function setUp(backend: Backend = new MemoryBackend()): Promise<{
  clock: SimulatedClock
  store: Store
  pass: Labeller
  lines: string[]
  [Symbol.asyncDispose](): Promise<void>
}> {
  const clock = new SimulatedClock()
  const store = await openStore(backend, { clock })
  const pass = new Labeller()
  const lines: string[] = []
  const logger = createLogger('warn', (line) => lines.push(line))
  const loop = new Loop({ store, clock, ids: randomIds, logger, passes: [pass] })
  await settle()
  const close = async (): Promise<void> => {
    await loop.close()
    await store.close()
  }
  return { clock, store, pass, lines, [Symbol.asyncDispose]: close }
}

test('a change is answered within its own commit', async () => {
  const backend = new MemoryBackend()
  const commits: number[] = []
  const commit = backend.commit.bind(backend)
  backend.commit = (batches) => (commits.push(batches.length), commit(batches))
  await using parts = await setUp(backend)
  const { store, pass } = parts
  await store.update(author, 'a node', (tx) => tx.create('node', nodeObject(1)))
  assert.equal(store.view().get('node', 'node1')?.Spec.Labels?.['host'], 'host1')
  assert.deepEqual(commits, [2])
  // The second look is at what the first one wrote.
  assert.equal(store.journal().at(-1)?.reason, 'labelled; labelled')
  await settle()
  assert.equal(pass.runs, 2)
})

test('writes that share a commit are answered together', async () => {
  await using parts = await setUp()
  const { store } = parts
  const writes = [1, 2, 3].map((index) => store.update(author, 'a node', (tx) => tx.create('node', nodeObject(index))))
  await Promise.all(writes)
  assert.equal(store.view().revision, 4)
})

test("a pass that throws loses its own writes and nobody else's", async () => {
  await using parts = await setUp()
  const { store, pass, clock, lines } = parts
  const run = pass.run.bind(pass)
  pass.run = (tx, moment) => {
    run(tx, moment)
    throw new Error('not today')
  }
  await store.update(author, 'a node', (tx) => tx.create('node', nodeObject(1)))
  assert.equal(store.view().get('node', 'node1')?.Spec.Labels, undefined)
  assert.equal(lines.length, 1)
  pass.run = run
  const resets = pass.resets
  await clock.advance(1000)
  assert.equal(pass.resets, resets + 1)
})

test('a deadline is kept without a change', async () => {
  await using parts = await setUp()
  const { clock, pass, store } = parts
  pass.at = clock.now() + 500
  await store.update(author, 'a node', (tx) => tx.create('node', nodeObject(1)))
  await settle()
  const before = pass.runs
  await clock.advance(499)
  assert.equal(pass.runs, before)
  await clock.advance(1)
  assert.equal(pass.runs, before + 1)
})

test('after a failed write everything is looked at again, a second later', async () => {
  const backend = new MemoryBackend()
  const commit = backend.commit.bind(backend)
  let failing = false
  backend.commit = (batches) => (failing ? Promise.reject(new Error('the disk is full')) : commit(batches))
  await using parts = await setUp(backend)
  const { store, clock, pass, lines } = parts
  failing = true
  await assert.rejects(store.update(author, 'a node', (tx) => tx.create('node', nodeObject(1))))
  const resets = pass.resets
  assert.equal(lines.length, 1)
  failing = false
  assert.equal(store.view().get('node', 'node1'), undefined)
  await clock.advance(1000)
  assert.equal(pass.resets, resets + 1)
})

test('deadlines: each key has one, the earliest comes first, each is taken once', () => {
  const deadlines = new Deadlines()
  deadlines.set('a', 30)
  deadlines.set('b', 10)
  deadlines.set('c', 20)
  deadlines.set('b', 40)
  deadlines.set('c', undefined)
  assert.equal(deadlines.next(), 30)
  assert.deepEqual(deadlines.take(29), [])
  assert.deepEqual(deadlines.take(40), ['a', 'b'])
  assert.equal(deadlines.next(), undefined)
  deadlines.set('d', 5)
  deadlines.set('d', 6)
  deadlines.set('d', 5)
  assert.deepEqual(deadlines.take(10), ['d'])
})
