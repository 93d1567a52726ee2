import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { Gate, KeyedLock } from './locks.js'

test('one at a time per key, in order of arrival, a failure included', async () => {
  const lock = new KeyedLock()
  const order: string[] = []
  const work =
    (name: string, ms: number, fail = false) =>
    async (): Promise<void> => {
      order.push(`${name} begins`)
      await sleep(ms)
      order.push(`${name} ends`)
      if (fail) throw new Error(name)
    }
  const first = lock.run('key', work('a', 20, true))
  const second = lock.run('key', work('b', 1))
  await assert.rejects(first, /a/)
  await second
  assert.deepEqual(order, ['a begins', 'a ends', 'b begins', 'b ends'])
  assert.equal(lock.busy('key'), false)
})

test('different keys do not wait for each other', async () => {
  const lock = new KeyedLock()
  let release = (): void => {}
  const blocked = lock.run('a', () => new Promise<void>((resolve) => (release = resolve)))
  assert.equal(await lock.run('b', async () => 'free'), 'free')
  assert.equal(lock.busy('a'), true)
  release()
  await blocked
})

test('a gate lets through as many as it says, also when some fail', async () => {
  const gate = new Gate(3)
  let running = 0
  let most = 0
  const work = async (index: number): Promise<void> => {
    most = Math.max(most, ++running)
    await sleep(2)
    running--
    if (index % 4 === 0) throw new Error('fails')
  }
  const results = await Promise.allSettled(Array.from({ length: 20 }, (_, index) => gate.run(() => work(index))))
  assert.equal(most, 3)
  assert.equal(results.filter((result) => result.status === 'rejected').length, 5)
})
