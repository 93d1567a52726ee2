import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatNano, nowNano, rfc3339, sleep, systemClock } from './clock.js'

test('times are RFC 3339 with nine digits', () => {
  assert.equal(rfc3339(0), '1970-01-01T00:00:00.000000000Z')
  assert.equal(formatNano(1_700_000_000_000_000_001n), '2023-11-14T22:13:20.000000001Z')
})

test('now in nanoseconds always grows', () => {
  const times = Array.from({ length: 1000 }, nowNano)
  assert.deepEqual(times, times.toSorted())
  assert.equal(new Set(times).size, times.length)
  assert.ok(Math.abs(Date.parse(times[0] ?? '') - Date.now()) < 2000)
})

test('after runs once, and not when it was cancelled', async () => {
  let runs = 0
  systemClock.after(5, () => runs++)
  systemClock.after(5, () => (runs += 10))()
  await sleep(30)
  assert.equal(runs, 1)
})

test('a wait longer than a timer can hold does not fire at once', async () => {
  let fired = false
  const cancel = systemClock.after(2 ** 31 + 1000, () => (fired = true))
  await sleep(10)
  cancel()
  assert.equal(fired, false)
})

test('sleep ends with the reason of its signal', async () => {
  const stop = new AbortController()
  const slept = sleep(10_000, stop.signal)
  stop.abort(new Error('enough'))
  await assert.rejects(slept, /enough/)
  await assert.rejects(sleep(1, stop.signal), /enough/)
})
