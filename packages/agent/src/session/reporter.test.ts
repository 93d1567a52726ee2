import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TaskState } from '@essaim/api-types'
import type { TaskStatusUpdate } from '@essaim/protocol'
import { Backoff } from './backoff.js'
import { StatusReporter } from './reporter.js'

const update = (taskId: string, State: TaskState): TaskStatusUpdate => ({
  taskId,
  status: { State, Timestamp: '' },
  ready: false,
})

void test('the first report goes at once, those that come meanwhile go together, the newest of each task', async () => {
  const reporter = new StatusReporter()
  const ended = new AbortController()
  const batches: string[][] = []
  const running = reporter.run(async (updates) => {
    batches.push(updates.map(({ taskId, status }) => `${taskId} ${status.State}`))
  }, ended.signal)
  await reporter.report(update('a', 'running'))
  const stored = [update('a', 'complete'), update('a', 'failed'), update('b', 'accepted')].map((each) =>
    reporter.report(each),
  )
  await Promise.all(stored)
  assert.deepEqual(batches, [['a running'], ['a failed', 'b accepted']])
  ended.abort()
  await running
})

void test('what a session did not take goes into the next, unless there is something newer', async () => {
  const reporter = new StatusReporter()
  const ended = new AbortController()
  const stored = reporter.report(update('a', 'ready'))
  const other = reporter.report(update('b', 'ready'))
  let failing: Promise<void> | undefined
  await assert.rejects(
    reporter.run(async () => {
      failing = reporter.report(update('a', 'running'))
      throw new Error('gone')
    }, ended.signal),
    /gone/,
  )
  const sent: string[] = []
  const running = reporter.run(async (updates) => {
    sent.push(...updates.map(({ taskId, status }) => `${taskId} ${status.State}`))
  }, ended.signal)
  await Promise.all([stored, other, failing])
  assert.deepEqual(sent.sort(), ['a running', 'b ready'])
  ended.abort()
  await running
})

void test('waits double up to a limit, and begin again after a success', () => {
  const backoff = new Backoff({ firstMs: 100, mostMs: 500 }, () => 1)
  assert.deepEqual([backoff.next(), backoff.next(), backoff.next(), backoff.next()], [100, 200, 400, 500])
  backoff.reset()
  assert.equal(backoff.next(), 100)
  assert.equal(new Backoff({ firstMs: 100, mostMs: 500 }, () => 0).next(), 50)
})

void test('a report on which nobody acts waits for company, and goes alone when none comes', async () => {
  const reporter = new StatusReporter()
  const ended = new AbortController()
  const batches: string[][] = []
  const running = reporter.run(async (updates) => {
    batches.push(updates.map(({ taskId, status }) => `${taskId} ${status.State}`))
  }, ended.signal)
  const first = reporter.report(update('a', 'accepted'))
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(batches, [])
  await Promise.all([first, reporter.report(update('a', 'ready'))])
  await reporter.report(update('a', 'starting'))
  assert.deepEqual(batches, [['a ready'], ['a starting']])
  ended.abort()
  await running
})
