import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TaskState } from '@essaim/api-types'
import type { ServiceAnswer, TaskAnswer } from '@essaim/client'
import { progressOf } from './converge.js'

const at = '2026-01-01T00:00:00Z'
const meta = { Version: { Index: 1 }, CreatedAt: at, UpdatedAt: at }

function service(image: string, replicas: number, update?: string): ServiceAnswer {
  return {
    ...meta,
    ID: 's',
    Spec: {
      Name: 'web',
      TaskTemplate: { ContainerSpec: { Image: image } },
      Mode: { Replicated: { Replicas: replicas } },
    },
    Endpoint: { Spec: {} },
    ...(update !== undefined && { UpdateStatus: { State: update as 'updating', Message: 'm' } }),
  }
}

function task(image: string, state: TaskState, desired: TaskState = 'running', error = ''): TaskAnswer {
  return {
    ...meta,
    ID: `t-${state}`,
    ServiceID: 's',
    Slot: 1,
    Spec: { ContainerSpec: { Image: image } },
    DesiredState: desired,
    Status: { State: state, Timestamp: at, Err: error },
  }
}

test('converged: as many as wanted run what is wanted, and nothing else does', () => {
  const look = (s: ServiceAnswer, ...tasks: TaskAnswer[]): boolean => progressOf(s, tasks).converged
  assert.equal(look(service('a', 1), task('a', 'running')), true)
  assert.equal(look(service('a', 0)), true)
  assert.equal(look(service('a', 1)), false)
  assert.equal(look(service('a', 1), task('a', 'starting')), false)
  assert.equal(look(service('b', 1), task('a', 'running')), false, 'what runs is the old image')
  assert.equal(look(service('a', 1), task('a', 'running'), task('a', 'running')), false, 'one too many')
  assert.equal(
    look(service('b', 1), task('b', 'running'), task('a', 'running', 'shutdown')),
    false,
    'the old one still runs',
  )
  assert.equal(look(service('b', 1), task('b', 'running'), task('a', 'shutdown', 'shutdown')), true)
  assert.equal(look(service('a', 1, 'updating'), task('a', 'running')), false)
  assert.equal(look(service('a', 1, 'completed'), task('a', 'running')), true)
})

test('an update that stopped says so, and a task that failed says why', () => {
  const paused = progressOf(service('a', 1, 'paused'), [task('a', 'failed', 'shutdown', 'exit 1\nagain')])
  assert.equal(paused.halted, 'paused: m')
  assert.deepEqual(paused.failure, { task: 't-failed', slot: '1', error: 'exit 1 again' })
})
