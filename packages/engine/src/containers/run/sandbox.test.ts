import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withNetworkIds } from './sandbox.js'

void test('what is stored knows the networks that the container was on', () => {
  const Networks = { front: { NetworkID: 'f1' }, back: { NetworkID: 'b1' } }
  const stored = { front: { Aliases: ['web'] }, b1: {}, gone: { NetworkID: 'old' } }
  assert.deepEqual(withNetworkIds(stored, { Networks }), {
    front: { Aliases: ['web'], NetworkID: 'f1' },
    b1: { NetworkID: 'b1' },
    gone: { NetworkID: 'old' },
  })
  assert.deepEqual(withNetworkIds(stored, {}), stored)
})
