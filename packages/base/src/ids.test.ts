import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomIds, shortId } from './ids.js'

test('ids have the forms that clients know', () => {
  for (let n = 0; n < 200; n++) {
    assert.match(randomIds.hex64(), /^(?!\d{12})[0-9a-f]{64}$/)
    assert.match(randomIds.swarm(), /^[0-9a-z]{25}$/)
  }
  assert.equal(shortId(`sha256:${'ab'.repeat(32)}`), 'abababababab')
})
