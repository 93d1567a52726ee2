import assert from 'node:assert/strict'
import { test } from 'node:test'
import { barMessage, humanSize, progressStream } from './progress.js'

test('bars look as Docker`s engine draws them', () => {
  const bar = (current: number, total: number): string | undefined =>
    barMessage('Downloading', 'x', current, total).progress
  assert.equal(bar(32768, 2007040), `[>${' '.repeat(50)}]  32.77kB/2.007MB`)
  assert.equal(bar(257, 257), `[${'='.repeat(50)}>]     257B/257B`)
  assert.equal(bar(512, 133), `[${'='.repeat(50)}>]     512B`)
  assert.equal(bar(1000, 0), '     1kB')
  assert.equal(humanSize(999_999_999_999), '1000GB')
})

test('what fails before the first message rejects; what fails later is the last message', async () => {
  await assert.rejects(
    progressStream(() => Promise.reject(new Error('early'))),
    { message: 'early' },
  )
  const messages = async (eager: boolean): Promise<unknown[]> => {
    const said: unknown[] = []
    const stream = await progressStream(
      async (emit) => {
        if (!eager) emit({ status: 'one' })
        throw new Error('late')
      },
      { eager },
    )
    for await (const message of stream) said.push(message)
    return said
  }
  const failure = { errorDetail: { message: 'late' }, error: 'late' }
  assert.deepEqual(await messages(false), [{ status: 'one' }, failure])
  assert.deepEqual(await messages(true), [failure])
})
