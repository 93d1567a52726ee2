import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTerminal, taskStates, type TaskState } from '@essaim/api-types'
import { nextStep } from './step.js'

const step = (observed: TaskState, desired: TaskState, notBefore = 0): string => {
  const next = nextStep({ observed, desired, notBefore, now: 1000, heard: true })
  return next.do === 'move' ? `move ${next.to}` : next.do
}

void test('a task that shall run goes through every state', () => {
  const way = ['assigned', 'accepted', 'preparing', 'ready', 'starting', 'running'] as const
  assert.deepEqual(
    way.map((observed) => step(observed, 'running')),
    ['move accepted', 'move preparing', 'prepare', 'move starting', 'start', 'watch'],
  )
})

void test('a task that shall be ready is prepared and waits there', () => {
  assert.equal(step('accepted', 'ready'), 'move preparing')
  assert.equal(step('preparing', 'ready'), 'prepare')
  assert.equal(step('ready', 'ready'), 'nothing')
})

void test('a restart delay is waited for in ready', () => {
  assert.equal(step('ready', 'running', 2000), 'wait-until')
  assert.equal(step('ready', 'running', 1000), 'move starting')
  assert.equal(step('accepted', 'running', 2000), 'move preparing')
})

void test('what shall end is stopped from any living state, and what has ended stays', () => {
  for (const observed of taskStates) {
    const expected = isTerminal(observed) ? 'nothing' : 'stop'
    assert.equal(step(observed, 'shutdown'), expected, observed)
    assert.equal(step(observed, 'remove'), expected, observed)
  }
})

void test('a running task is watched even when less is wanted of it', () => {
  assert.equal(step('running', 'ready'), 'watch')
  assert.equal(step('running', 'complete'), 'watch')
})

void test('before the managers have spoken, tasks are only watched or stopped', () => {
  const unheard = (observed: TaskState, desired: TaskState): string =>
    nextStep({ observed, desired, notBefore: 0, now: 0, heard: false }).do
  assert.equal(unheard('preparing', 'running'), 'nothing')
  assert.equal(unheard('starting', 'running'), 'nothing')
  assert.equal(unheard('running', 'running'), 'watch')
  assert.equal(unheard('preparing', 'shutdown'), 'stop')
})
