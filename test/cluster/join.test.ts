import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { writeFile } from 'node:fs/promises'
import { busyboxImage, docker, eventually, TestHosts, type TestHost } from '@essaim/testing'

describe('joining a swarm', { skip: process.getuid?.() === 0 ? false : 'only root makes hosts' }, () => {
  let lab: TestHosts
  let manager: TestHost
  let worker: TestHost
  const token = (): Promise<string> => docker(manager, 'swarm', 'join-token', '-q', 'worker')
  const refusal = (...args: string[]): Promise<string> =>
    docker(worker, ...args).then(
      (printed) => assert.fail(`it was not refused: ${printed}`),
      (error: unknown) => String((error as { stderr?: string }).stderr),
    )

  before(async () => {
    lab = await TestHosts.start({ name: 'join', subnet: 131, count: 2 })
    const [first, second] = lab.hosts
    assert.ok(first && second)
    ;[manager, worker] = [first, second]
    const image = `${worker.daemon.folder}/alpine.tar`
    await writeFile(image, await busyboxImage({ tags: ['alpine:latest'], config: {} }))
    await docker(worker, 'load', '-i', image)
    await docker(manager, 'swarm', 'init', '--advertise-addr', manager.address)
  })
  after(() => lab[Symbol.asyncDispose]())

  test('wrong and rotated tokens and a token of another swarm are refused, and nothing else happens', async () => {
    const rotated = await token()
    await docker(manager, 'swarm', 'join-token', '--rotate', '-q', 'worker')
    const address = `${manager.address}:2377`
    const join = (given: string): Promise<string> => refusal('swarm', 'join', '--token', given, address)
    assert.match(await join(rotated), /A valid join token is necessary to join this cluster/)
    assert.match(await join('SWMTKN-1-short'), /invalid join token/)
    assert.match(await join(`SWMTKN-1-${'1'.repeat(50)}-${'1'.repeat(25)}`), /remote CA does not match fingerprint/)
    assert.equal(await docker(worker, 'info', '--format', '{{.Swarm.LocalNodeState}}'), 'inactive')
    assert.equal((await docker(manager, 'node', 'ls', '-q')).split('\n').length, 1)
  })

  test('a worker joins, runs tasks, and refuses what is a manager’s', async () => {
    const printed = await docker(worker, 'swarm', 'join', '--token', await token(), `${manager.address}:2377`)
    assert.equal(printed, 'This node joined a swarm as a worker.')
    await eventually('the worker is ready', async () => {
      const nodes = await docker(manager, 'node', 'ls', '--format', '{{.Hostname}} {{.Status}} {{.Availability}}')
      return (
        nodes === 'host1 Ready Active\nhost2 Ready Active' ||
        nodes === 'host2 Ready Active\nhost1 Ready Active' ||
        nodes
      )
    })
    const info = [
      'info',
      '--format',
      '{{.Swarm.ControlAvailable}} {{.Swarm.Nodes}} {{.Swarm.NodeAddr}} {{.Swarm.RemoteManagers}}',
    ]
    assert.match(await docker(manager, ...info), new RegExp(`^true 2 ${manager.address} `))
    await eventually('the worker knows its manager', async () => {
      const told = await docker(worker, ...info)
      return new RegExp(`^false 0 ${worker.address} \\[\\{\\w{25} ${manager.address}:2377\\}\\]`).test(told) || told
    })
    assert.match(await refusal('node', 'ls'), /Worker nodes can't be used to view or modify cluster state/)
    const where = ['--constraint', 'node.role==worker']
    await docker(
      manager,
      'service',
      'create',
      '-d',
      '--name',
      'web',
      '--replicas',
      '2',
      ...where,
      'alpine',
      'sleep',
      '1000',
    )
    await eventually('two containers on the worker', async () => {
      const names = await docker(worker, 'ps', '--format', '{{.Names}}')
      return names.split('\n').filter((name) => name.startsWith('web.')).length === 2 || names
    })
  })
})
