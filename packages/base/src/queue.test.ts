import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AsyncQueue } from './queue.js'

async function all<T>(queue: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = []
  for await (const item of queue) items.push(item)
  return items
}

test('what was pushed before the close is read, in order', async () => {
  const queue = new AsyncQueue<number>()
  queue.push(1)
  queue.push(2)
  queue.close()
  assert.equal(queue.push(3), false)
  assert.deepEqual(await all(queue), [1, 2])
})

test('a reader that waits gets what comes', async () => {
  const queue = new AsyncQueue<string>()
  const read = all(queue)
  await Promise.resolve()
  queue.push('late')
  queue.close()
  assert.deepEqual(await read, ['late'])
})

test('a reader that falls behind is closed with an error, after what it still has', async () => {
  let closed = 0
  const queue = new AsyncQueue<number>(2, () => closed++)
  assert.deepEqual([queue.push(1), queue.push(2), queue.push(3)], [true, true, false])
  const seen: number[] = []
  await assert.rejects(async () => {
    for await (const item of queue) seen.push(item)
  }, /fell 2 items behind/)
  assert.deepEqual(seen, [1, 2])
  assert.equal(closed, 1)
})

test('leaving the iteration closes the queue', async () => {
  let closed = 0
  const queue = new AsyncQueue<number>(Infinity, () => closed++)
  queue.push(1)
  for await (const item of queue) {
    assert.equal(item, 1)
    break
  }
  assert.equal(closed, 1)
  assert.equal(queue.push(2), false)
})
