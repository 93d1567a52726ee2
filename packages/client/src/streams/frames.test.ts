import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { demultiplex } from './frames.js'
import { jsonLines } from './json-lines.js'

const frame = (stream: number, text: string): Buffer => {
  const data = Buffer.from(text)
  const head = Buffer.alloc(8)
  head.writeUInt8(stream, 0)
  head.writeUInt32BE(data.length, 4)
  return Buffer.concat([head, data])
}

/** `whole` in pieces of the given sizes, over and over. */
async function* pieces(whole: Buffer, sizes: number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < whole.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1
    yield whole.subarray(at, at + size)
    at += size
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 })

test('frames are found however the bytes arrive', async () => {
  const parts = fc.array(fc.tuple(fc.constantFrom(1, 2), fc.string({ maxLength: 30 })), { maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(parts, sizes, async (list, cut) => {
      const got: [number, string][] = []
      const wire = Buffer.concat(list.map(([stream, text]) => frame(stream, text)))
      for await (const chunk of demultiplex(pieces(wire, cut))) {
        got.push([chunk.stream === 'stderr' ? 2 : 1, chunk.data.toString()])
      }
      assert.deepEqual(got, list)
    }),
  )
})

test('a frame of stream 3 is an error of the engine', async () => {
  const wire = pieces(frame(3, 'log driver gone'), [100])
  await assert.rejects(async () => {
    for await (const chunk of demultiplex(wire)) assert.fail(`read ${chunk.data.toString()}`)
  }, /log driver gone/)
})

test('JSON lines are found however the bytes arrive', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ a: fc.string({ unit: 'grapheme' }) }, { noNullPrototype: true })),
      sizes,
      async (list, cut) => {
        const wire = Buffer.from(list.map((item) => JSON.stringify(item)).join('\r\n'))
        const got: unknown[] = []
        for await (const item of jsonLines(pieces(wire, cut))) got.push(item)
        assert.deepEqual(got, list)
      },
    ),
  )
})
