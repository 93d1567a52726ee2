import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isPast, isTerminal, taskStates } from './task-state.js'

test('states are in the order of a life, and end after running', () => {
  assert.equal(isPast('running', 'starting'), true)
  assert.equal(isPast('running', 'running'), false)
  assert.deepEqual(taskStates.filter(isTerminal), ['complete', 'shutdown', 'failed', 'rejected', 'remove', 'orphaned'])
})
