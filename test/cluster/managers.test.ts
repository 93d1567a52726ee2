import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { busyboxImage, docker, eventually, TestHosts, type TestHost } from '@essaim/testing'
import { lost, Writer } from './writer.js'

const noLeader = /The swarm does not have a leader\. It's possible that too few managers are online\./

describe('several managers', { skip: process.getuid?.() === 0 ? false : 'only root makes hosts' }, () => {
  let lab: TestHosts
  let [first, second, third]: TestHost[] = []
  const hosts = (): TestHost[] => [first, second, third].flatMap((host) => host ?? [])
  const the = (host: TestHost | undefined): TestHost => host ?? assert.fail('no such host')
  const others = (host: TestHost): TestHost[] => hosts().filter((each) => each !== host)
  const statuses = async (host: TestHost): Promise<string> =>
    (await docker(host, 'node', 'ls', '--format', '{{.Hostname}}:{{.ManagerStatus}}')).split('\n').toSorted().join(' ')
  const leader = async (seenFrom: TestHost): Promise<TestHost> => {
    const [, name] = /(\S+):Leader/.exec(await statuses(seenFrom)) ?? []
    return the(hosts().find(({ hostname }) => hostname === name))
  }
  const settled = (seenFrom: TestHost, count = 3): Promise<void> =>
    eventually('all managers are reachable', async () => {
      const seen = await statuses(seenFrom)
      return (seen.match(/:(Leader|Reachable)/g)?.length === count && seen.includes(':Leader')) || seen
    })
  /** The node may be written by the managers between the CLI's look and its update. */
  const become = (host: TestHost, verb: 'promote' | 'demote', node: TestHost): Promise<void> =>
    eventually(`${verb} ${node.hostname}`, () => docker(host, 'node', verb, node.hostname).then(() => true, String))
  const containers = (host: TestHost): Promise<string> => docker(host, 'ps', '-q', '--no-trunc')

  before(async () => {
    lab = await TestHosts.start({ name: 'many', subnet: 145, count: 3 })
    ;[first, second, third] = lab.hosts
    const image = `${the(first).daemon.folder}/alpine.tar`
    await writeFile(image, await busyboxImage({ tags: ['alpine:latest'], config: {} }))
    await Promise.all(hosts().map((host) => docker(host, 'load', '-i', image)))
    await docker(the(first), 'swarm', 'init', '--advertise-addr', the(first).address)
  })
  after(() => lab[Symbol.asyncDispose]())

  test('the second manager moves the store to etcd under writes: none is refused, none is lost', async () => {
    const founder = the(first)
    await docker(founder, 'service', 'create', '-d', '--name', 'web', '--replicas', '3', 'alpine', 'sleep', '1000')
    const token = await docker(founder, 'swarm', 'join-token', '-q', 'manager')
    const writer = new Writer(founder.host, 'move')
    await writer.more(10)
    assert.match(
      await docker(the(second), 'swarm', 'join', '--token', token, `${founder.address}:2377`),
      /This node joined a swarm as a manager\./,
    )
    await writer.more(10)
    await writer.stop()
    assert.deepEqual(writer.refused, [])
    // By way of a manager that does not lead.
    await docker(the(third), 'swarm', 'join', '--token', token, `${the(second).address}:2377`)
    await settled(the(third))
    for (const host of hosts()) assert.deepEqual(await lost(host.host, writer), [])
    const folder = join(founder.daemon.dataRoot, 'swarm')
    assert.equal((await stat(join(folder, 'etcd'))).mode & 0o777, 0o700)
    await assert.rejects(stat(join(folder, 'manager/data.mdb')), { code: 'ENOENT' })
    await assert.rejects(founder.exec('curl', '-sk', '--max-time', '3', `https://${founder.address}:2378/version`))
  })

  test('every manager answers, and what was written through one is seen through another', async () => {
    const [a, b] = others(await leader(the(first)))
    await docker(the(a), 'service', 'create', '-d', '--name', 'echo', '--replicas', '2', 'alpine', 'echo', 'hello')
    await docker(the(b), 'network', 'create', '-d', 'overlay', 'wide')
    assert.match(await docker(the(a), 'network', 'ls', '--filter', 'name=wide'), /wide\s+overlay\s+swarm/)
    await docker(the(b), 'network', 'rm', 'wide')
    await eventually('its logs come through a manager that does not lead', async () =>
      (await docker(the(b), 'service', 'logs', '--raw', 'echo')).includes('hello'),
    )
    await docker(the(b), 'service', 'rm', 'echo')
    await assert.rejects(docker(the(a), 'service', 'inspect', 'echo'), /no such service/)
    await assert.rejects(docker(the(a), 'service', 'scale', 'none=3'), /none not found|No such service: none/)
    assert.match(await docker(the(b), 'info', '--format', '{{.Swarm.Managers}} {{.Swarm.Nodes}}'), /^3 3$/)
  })

  test('the manager that leads is killed: another one leads, nothing acknowledged is lost, no container ends', async () => {
    const old = await leader(the(first))
    const [a] = others(old)
    await eventually('the service runs', async () =>
      /3\/3/.test(await docker(the(a), 'service', 'ls', '--filter', 'name=web')),
    )
    const running = await Promise.all(hosts().map(containers))
    const writer = new Writer(the(a).host, 'kill')
    await writer.more(10)
    await old.daemon.kill()
    await writer.more(50)
    await writer.stop()
    assert.deepEqual(await lost(the(a).host, writer), [])
    assert.notEqual((await leader(the(a))).hostname, old.hostname)
    await old.daemon.up()
    await settled(old)
    assert.deepEqual(await lost(old.host, writer), [])
    assert.deepEqual(await Promise.all(hosts().map(containers)), running)
  })

  test('the manager that leads is demoted and promoted again', async () => {
    const old = await leader(the(first))
    const [a] = others(old)
    await become(the(a), 'demote', old)
    await eventually('it is a worker', async () => {
      const refused = await docker(old, 'node', 'ls').catch((error: unknown) => String(error))
      return /Worker nodes can't be used/.test(refused) || refused
    })
    await settled(the(a), 2)
    assert.match(await statuses(the(a)), new RegExp(`${old.hostname}:( |$)`))
    await become(the(a), 'promote', old)
    await settled(the(a))
    await eventually('it answers', async () => (await statuses(old)) === (await statuses(the(a))))
  })

  test('without a quorum containers go on, reads are answered, writes are refused; one manager makes the swarm anew', async () => {
    const alive = await leader(the(first))
    await settled(alive)
    const gone = others(alive)
    const running = await containers(alive)
    await Promise.all(gone.map((host) => host.powerOff()))
    await eventually('writes are refused', async () => {
      const refused = await docker(alive, 'service', 'scale', '-d', 'web=4').catch((error: unknown) => String(error))
      return noLeader.test(refused) || refused
    })
    assert.match(await docker(alive, 'service', 'ls'), /web/)
    assert.match(await docker(alive, 'info', '--format', '{{.Swarm.Error}}'), noLeader)
    assert.doesNotMatch(await statuses(alive), /Leader/)
    assert.equal(await containers(alive), running)
    await docker(alive, 'swarm', 'init', '--force-new-cluster')
    await eventually('the service is whole again', async () => {
      const seen = await docker(alive, 'service', 'ls', '--filter', 'name=web')
      return /3\/3/.test(seen) || seen
    })
    assert.match(await statuses(alive), new RegExp(`${alive.hostname}:Leader`))
    // One that comes back is what the swarm that is there says.
    const back = the(gone[0])
    await back.powerOn()
    await eventually(
      'it is a worker',
      async () =>
        (await docker(back, 'info', '--format', '{{.Swarm.LocalNodeState}} {{.Swarm.ControlAvailable}}')) ===
        'active false',
    )
    await become(alive, 'promote', back)
    await settled(alive, 2)
    await become(alive, 'demote', back)
    await settled(alive, 1)
    await alive.daemon.down()
    await alive.daemon.up()
    await settled(alive, 1)
    assert.match(await readFile(join(alive.daemon.dataRoot, 'swarm/node.json'), 'utf8'), /"store":"etcd"/)
    await docker(alive, 'swarm', 'leave', '--force')
    assert.equal(await docker(alive, 'info', '--format', '{{.Swarm.LocalNodeState}}'), 'inactive')
  })
})
