import assert from 'node:assert/strict'
import { test } from 'node:test'
import { methodOf } from './protocol.js'
import { encodeData } from './write-encoding.js'
import type { WriteRequest, WriteResponse } from './writer.js'

const room = (length: number): Buffer => Buffer.alloc(length)

test('data is encoded as the general encoder would', () => {
  const { requestDeserialize } = methodOf<WriteRequest, WriteResponse>(
    'containerd.services.content.v1.Content',
    'Write',
  )
  for (const offset of [0, 127, 128, 2 ** 31, 2 ** 40 + 5]) {
    const request = { action: 'WRITE' as const, ref: 'pull-sha256:é', offset, data: Buffer.from('some data') }
    const { action, ref, offset: at, data } = requestDeserialize(encodeData(request, room) ?? Buffer.alloc(0))
    assert.deepEqual({ action, ref, offset: at, data }, request)
  }
  assert.equal(encodeData({ action: 'STAT', ref: 'x' }, room), undefined)
})
