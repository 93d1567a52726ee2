import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allCapabilities, capabilitySet } from './capabilities.js'
import { boundingMask, hostCapabilities, inMask } from './host-capabilities.js'

test('all means all that the host has to give', () => {
  const without = allCapabilities.filter((name) => name !== 'CAP_SYS_RESOURCE')
  assert.deepEqual(inMask(boundingMask('CapEff:\t0\nCapBnd:\t000001fffeffffff\n')), without)
  assert.deepEqual(capabilitySet([], [], true, without), without)
  assert.deepEqual(
    capabilitySet(['ALL'], ['NET_RAW'], false, without),
    without.filter((name) => name !== 'CAP_NET_RAW'),
  )
})

test('what is asked for by name is not left out in silence', () => {
  assert.ok(capabilitySet(['SYS_RESOURCE'], [], false, []).includes('CAP_SYS_RESOURCE'))
})

test('this process has some', () => {
  assert.ok(hostCapabilities.includes('CAP_CHOWN'))
})
