import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '@essaim/base'
import type { AssignmentsMessage, NetworkState } from '@essaim/protocol'
import { Session } from './session.js'
import { Withdrawals } from './withdrawals.js'

/** A clock whose only timer goes off when the test says so. */
class Hand implements Clock {
  ring: () => void = () => {}
  now(): number {
    return 0
  }
  after(_ms: number, work: () => void): () => void {
    this.ring = work
    return () => (this.ring = () => {})
  }
}

function told(sequence: number, ready: boolean): AssignmentsMessage {
  const endpoint = {
    taskId: 'task',
    serviceId: 's',
    names: [],
    nodeId: 'n',
    nodeAddress: '',
    address: '',
    mac: '',
    ready,
  }
  const state = { network: { ID: 'net' }, services: [], endpoints: [endpoint], nodes: [], dataPathPort: 0 }
  return {
    type: 'incremental',
    appliesTo: '',
    resultsIn: String(sequence),
    changes: [{ action: 'update', item: { kind: 'network', state: state as unknown as NetworkState } }],
  }
}

function session(name: string): Session {
  const made = new Session(name, name)
  made.told.sent(told(1, true))
  made.told.applied('1')
  return made
}

const isDone = async (work: Promise<void>): Promise<boolean> => {
  let done = false
  void work.then(() => (done = true))
  await new Promise((resolve) => setImmediate(resolve))
  return done
}

test('a task waits until each node has followed, not only been told, or is gone', async () => {
  const withdrawals = new Withdrawals(new Hand())
  const [one, two] = [session('one'), session('two')]
  const waiting = withdrawals.until(['task'], [one, two])
  for (const each of [one, two]) {
    each.told.sent(told(2, false))
    withdrawals.moved(each)
  }
  assert.equal(await isDone(waiting), false)
  one.told.applied('2')
  withdrawals.moved(one)
  assert.equal(await isDone(waiting), false)
  two.end()
  withdrawals.moved(two)
  assert.equal(await isDone(waiting), true)
  assert.equal(await isDone(withdrawals.until(['task'], [one])), true, 'one that has followed is not waited for')
})

test('a node that does not answer is waited for no longer than patience lasts', async () => {
  const clock = new Hand()
  const waiting = new Withdrawals(clock).until(['task'], [session('silent')])
  assert.equal(await isDone(waiting), false)
  clock.ring()
  assert.equal(await isDone(waiting), true)
})
