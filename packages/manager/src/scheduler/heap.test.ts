import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Heap } from './heap.js'

test('what is taken out comes in order', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer(), { nil: 'pop' })), (steps) => {
      const heap = new Heap<number>((a, b) => a < b)
      const model: number[] = []
      for (const step of steps) {
        if (step === 'pop') assert.equal(heap.pop(), model.shift())
        else {
          heap.push(Number(step))
          model.push(Number(step))
          model.sort((a, b) => a - b)
        }
        assert.equal(heap.size, model.length)
        assert.equal(heap.peek(), model[0])
      }
    }),
  )
})
