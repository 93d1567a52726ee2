import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapeWatch } from './escape.js'

test('Ctrl-P Ctrl-Q is seen in one piece and in two, and nothing else is', () => {
  const typed = (...pieces: number[][]): boolean => {
    const watch = escapeWatch()
    return pieces.map((piece) => watch(Uint8Array.from(piece))).includes(true)
  }
  assert.equal(typed([1, 0x10, 0x11, 2]), true)
  assert.equal(typed([0x10], [0x11]), true)
  assert.equal(typed([0x10, 0x10, 0x11]), true)
  assert.equal(typed([0x10, 1, 0x11]), false)
  assert.equal(typed([0x11, 0x10]), false)
})
