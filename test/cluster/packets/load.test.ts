import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { docker, eventually, type TestHost } from '@essaim/testing'
import { PacketLab } from './lab.js'

const isRoot = process.getuid?.() === 0

/** Requests a second from outside, on every host by turn. The long version has more of them (`npm run load`). */
const rate = Number(process.env['ESSAIM_LOAD'] ?? 60)

describe('the mesh under load', { skip: isRoot ? false : 'only root makes hosts' }, () => {
  let lab: PacketLab
  const host = (n: number): TestHost => lab.hosts.hosts[n - 1] ?? assert.fail(`there is no host ${n}`)
  const onManager = (...words: string[]): Promise<string> => docker(lab.manager, ...words)

  const withoutFailure = async (work: () => Promise<void>): Promise<void> => {
    const { done, failed } = await lab.underLoad(rate, work)
    assert.deepEqual(failed, [], `${failed.length} of ${done + failed.length} requests failed`)
    assert.ok(done > 0)
  }

  before(async () => {
    lab = await PacketLab.start('load', 134, 3)
    await lab.service('web', 4, '--stop-grace-period', '10s', '--update-parallelism', '2')
  })
  after(() => lab[Symbol.asyncDispose]())

  test('a rolling update fails no request', () =>
    withoutFailure(async () => {
      await onManager('service', 'update', '-d', '--env-add', 'VERSION=2', 'web')
      await eventually('the update is completed', async () => {
        const state = await onManager('service', 'inspect', 'web', '--format', '{{.UpdateStatus.State}}')
        return state === 'completed' || state
      })
    }))

  test('nor does scaling up and down', () =>
    withoutFailure(async () => {
      await onManager('service', 'scale', '-d', 'web=7')
      await lab.running('web', 7)
      await onManager('service', 'scale', '-d', 'web=3')
      await lab.running('web', 3)
    }))

  test('nor the drain of a host', () =>
    withoutFailure(async () => {
      await onManager('node', 'update', '--availability', 'drain', 'host3')
      await eventually('nothing runs there', async () => (await docker(host(3), 'ps', '-q')) === '')
      await lab.running('web', 3)
      await onManager('node', 'update', '--availability', 'active', 'host3')
    }))

  test('nor the kill and start of a worker’s daemon, nor of the manager’s', () =>
    withoutFailure(async () => {
      for (const one of [host(2), host(1)]) {
        await one.daemon.down('SIGKILL')
        await one.daemon.up()
      }
      await eventually('all are ready again', async () => {
        const states = await onManager('node', 'ls', '--format', '{{.Status}}')
        return states === 'Ready\nReady\nReady' || states
      })
      await lab.running('web', 3)
    }))
})
