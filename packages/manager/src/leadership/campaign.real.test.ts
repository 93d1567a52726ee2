import { test } from 'node:test'
import assert from 'node:assert/strict'
import { silentLogger, sleep } from '@essaim/base'
import { realEtcd } from '../etcd/etcd.fixture.js'
import { EtcdClient } from '../etcd/index.js'
import { campaign, LeaderKey, type Leader, type Sign } from './index.js'

interface Candidate {
  name: string
  /** Steps down and stands no more. */
  retire(): Promise<void>
}

/** Candidates on one etcd; `reigns` says who led, in order; never may two at once. */
function candidates(
  socket: string,
  sign: (leader: Leader) => Sign,
): { reigns: string[]; stand: (name: string) => Candidate } {
  const reigns: string[] = []
  let leading = 0
  const stand = (name: string): Candidate => {
    const etcd = new EtcdClient(socket)
    const key = new LeaderKey(etcd, silentLogger)
    const end = new AbortController()
    const following = key.follow(end.signal)
    const lead = async (_: unknown, signal: AbortSignal): Promise<void> => {
      assert.equal(++leading, 1, 'two lead at once')
      reigns.push(name)
      await sleep(60_000, signal).catch(() => {})
      leading--
    }
    const self = { nodeId: name, address: '127.0.0.1:1', memberId: '1' }
    const probe = (leader: Leader): Promise<Sign> => Promise.resolve(sign(leader))
    const standing = campaign({ etcd, key, self, mayLead: () => true, probe, lead, logger: silentLogger }, end.signal)
    const retire = async (): Promise<void> => {
      end.abort()
      await Promise.all([standing, following])
      etcd.close()
    }
    return { name, retire }
  }
  return { reigns, stand }
}

const until = async (what: string, done: () => boolean): Promise<void> => {
  for (const end = Date.now() + 20_000; !done(); await sleep(20)) if (Date.now() > end) assert.fail(what)
}

test('one leads at a time, and when it steps down another does', async (t) => {
  const { server } = await realEtcd(t)
  const { reigns, stand } = candidates(server.socket, () => 'answers')
  const standing = new Map(['a', 'b', 'c'].map((name) => [name, stand(name)]))
  for (let n = 1; n <= 3; n++) {
    await until(`leader ${n}`, () => reigns.length === n)
    const leader = reigns[n - 1] ?? ''
    await standing.get(leader)?.retire()
    standing.delete(leader)
  }
  assert.equal(new Set(reigns).size, 3)
})

test('who leads and whose host refuses connections is replaced before its lease is over', async (t) => {
  const { client, server } = await realEtcd(t)
  // A leader that died: its key hangs on a lease of an hour.
  const dead = new LeaderKey(client, silentLogger)
  const lease = await client.grantLease(3600)
  await dead.claim({ nodeId: 'dead', address: '127.0.0.1:1', memberId: '2' }, undefined, lease)
  const { reigns, stand } = candidates(server.socket, ({ nodeId }) => (nodeId === 'dead' ? 'refuses' : 'answers'))
  const a = stand('a')
  await until('a leads', () => reigns.length === 1)
  await a.retire()
})

test('a silent leader is replaced only when etcd has its leader elsewhere', async (t) => {
  const { client, server } = await realEtcd(t)
  const { leader: member } = await client.status()
  const key = new LeaderKey(client, silentLogger)
  const lease = await client.grantLease(3600)
  const here = { nodeId: 'silent', address: '127.0.0.1:1', memberId: member }
  await key.claim(here, undefined, lease)
  const { reigns, stand } = candidates(server.socket, ({ nodeId }) => (nodeId === 'silent' ? 'silent' : 'answers'))
  const a = stand('a')
  await sleep(1500)
  assert.deepEqual(reigns, [])
  await key.claim({ ...here, memberId: '7' }, key.current, lease)
  await until('a leads', () => reigns.length === 1)
  await a.retire()
})

test('a lease that is not kept frees the lead', async (t) => {
  const { client, server } = await realEtcd(t)
  const key = new LeaderKey(client, silentLogger)
  await key.claim({ nodeId: 'hung', address: '127.0.0.1:1', memberId: '2' }, undefined, await client.grantLease(2))
  const { reigns, stand } = candidates(server.socket, () => 'answers')
  const a = stand('a')
  await until('a leads', () => reigns.length === 1)
  await a.retire()
})
