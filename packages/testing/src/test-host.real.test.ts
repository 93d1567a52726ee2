import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { after, before, describe, test } from 'node:test'
import { docker, eventually } from './docker.js'
import { processesBelow, mountsBelow } from './leftovers.js'
import { TestHosts } from './test-host.js'

describe('test hosts', { skip: process.getuid?.() === 0 ? false : 'only root makes hosts' }, () => {
  let lab: TestHosts

  /** Whether a packet and its answer go through; one second is far more than they need. */
  const reaches = async (from: { exec: TestHosts['hosts'][0]['exec'] }, address: string): Promise<boolean> => {
    try {
      await from.exec('busybox', 'ping', '-c', '1', '-W', '1', address)
      return true
    } catch {
      return false
    }
  }

  before(async () => {
    lab = await TestHosts.start({ name: 'hosts', subnet: 90, count: 2 })
  })
  after(async () => {
    await lab[Symbol.asyncDispose]()
    assert.deepEqual([await processesBelow('/tmp/es-hosts'), await mountsBelow('/tmp/es-hosts')], [[], []])
    assert.equal(existsSync('/tmp/es-hosts'), false)
    assert.equal(existsSync('/run/netns/es-hosts-lan'), false)
  })

  test('each has its own name and address, and a client outside reaches them', async () => {
    const [one, two] = lab.hosts
    assert.ok(one && two)
    assert.equal(await docker(one, 'info', '--format', '{{.Name}}'), 'host1')
    assert.equal(await docker(two, 'info', '--format', '{{.Name}}'), 'host2')
    assert.equal(await reaches(one, two.address), true)
    await lab.client.exec('busybox', ['ping', '-c', '1', '-W', '1', one.address])
  })

  test('a cut host is reached by nobody, an asymmetric cut loses one direction, and healing mends both', async () => {
    const [one, two] = lab.hosts
    assert.ok(one && two)
    await two.cut()
    assert.equal(await reaches(one, two.address), false)
    assert.match(await two.exec('ip', 'link', 'show', 'eth0'), /LOWER_UP/)
    await two.heal()
    await eventually('the healed host answers', () => reaches(one, two.address))
    await one.cutTo(two)
    assert.equal(await reaches(one, two.address), false)
    assert.equal(await reaches(one, one.lan.address(253)), true)
    await one.heal()
    await eventually('both directions', () => reaches(two, one.address))
    await one.slow({ rate: '50mbit', lossPercent: 100 })
    assert.equal(await reaches(one, two.address), false)
    await one.heal()
    await eventually('no loss', () => reaches(one, two.address))
  })

  test('a daemon that is killed comes back; a host without power comes back with its disk', async () => {
    const [one, two] = lab.hosts
    assert.ok(one && two)
    await one.daemon.down('SIGKILL')
    await one.daemon.up()
    await docker(two, 'volume', 'create', 'kept')
    await two.powerOff()
    assert.deepEqual(await processesBelow(two.daemon.folder), [])
    assert.equal(await reaches(one, two.address), false)
    await two.powerOn()
    assert.equal(await docker(two, 'volume', 'ls', '-q'), 'kept')
    assert.equal(await reaches(one, two.address), true)
  })
})
