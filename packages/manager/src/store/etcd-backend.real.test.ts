import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@essaim/base'
import { freePort, realEtcd } from '../etcd/etcd.fixture.js'
import { EtcdServer, type EtcdClient, type MemberForm } from '../etcd/index.js'
import { secret, system } from './fixture.js'
import { EtcdBackend, etcdPrefix, FollowerStore, LmdbBackend, openStore, Seal, type Fence } from './index.js'

interface RealEtcd {
  client: EtcdClient
  form: MemberForm
  server: EtcdServer
  /** A leader's key, written anew: who has had it before is deposed. */
  lead(this: void): Promise<Fence>
}

async function etcd(t: TestContext): Promise<RealEtcd> {
  const { client, form, server } = await realEtcd(t)
  const key = Buffer.from(`${etcdPrefix}leader`)
  const lead = async (): Promise<Fence> => {
    const success = [{ request_put: { key, value: Buffer.from('m') } }]
    const { header } = await client.txn({ compare: [], success, failure: [] }, { timeoutMs: 20_000 })
    return { key, modRevision: header.revision }
  }
  return { client, form, server, lead }
}

const seal = new Seal(Buffer.alloc(32, 1))
const data = Buffer.from('a very secret word').toString('base64')

test('what was written is there again, sealed, in a folder for the owner only', async (t) => {
  const { client, lead, form } = await etcd(t)
  const store = await openStore(new EtcdBackend(client, seal, await lead()))
  const written = await store.update(system, 'create', (tx) => tx.create('secret', secret('a', 'pw', data)))
  await store.update(system, 'create', (tx) => tx.create('secret', secret('b', 'other')))
  await store.update(system, 'remove', (tx) => tx.remove('secret', 'b'))
  await store.close()
  assert.equal(statSync(form.folder).mode & 0o777, 0o700)
  const files = readdirSync(form.folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile())
  for (const { parentPath, name } of files) assert.ok(!readFileSync(join(parentPath, name)).includes(data))
  const again = await openStore(new EtcdBackend(client, seal, await lead()))
  assert.deepEqual(again.view().get('secret', 'a'), written)
  assert.deepEqual([again.view().revision, again.view().count('secret')], [3, 1])
  assert.deepEqual(
    again.journal().map(({ reason }) => reason),
    ['create', 'create', 'remove'],
  )
  await again.close()
  const other = new EtcdBackend(client, new Seal(Buffer.alloc(32, 2)), await lead())
  await assert.rejects(other.load(), { code: 'store.sealed' })
})

test('who does not lead any more cannot write, and the next leader sees all that was acknowledged', async (t) => {
  const { client, lead } = await etcd(t)
  const old = await openStore(new EtcdBackend(client, seal, await lead()))
  await old.update(system, 'create', (tx) => tx.create('secret', secret('a', 'first')))
  const next = await openStore(new EtcdBackend(client, seal, await lead()))
  await assert.rejects(
    old.update(system, 'create', (tx) => tx.create('secret', secret('b', 'late'))),
    /leads the swarm no more/,
  )
  await next.update(system, 'create', (tx) => tx.create('secret', secret('c', 'second')))
  assert.deepEqual([...next.view().all('secret')].map(({ ID }) => ID).toSorted(), ['a', 'c'])
})

test('a commit of thousands of objects is one transaction', async (t) => {
  const { client, lead } = await etcd(t)
  const store = await openStore(new EtcdBackend(client, seal, await lead()))
  await store.update(system, 'many', (tx) => {
    for (let n = 0; n < 2000; n++) tx.create('secret', secret(`s${n}`, `n${n}`, 'x'.repeat(1000)))
  })
  await assert.rejects(
    store.update(system, 'too many', (tx) => {
      for (let n = 0; n < 70; n++) tx.create('secret', secret(`big${n}`, `b${n}`, 'x'.repeat(1 << 20)))
    }),
    /cannot be stored at once: at most/,
  )
  const again = await openStore(new EtcdBackend(client, seal, await lead()))
  assert.equal(again.view().count('secret'), 2000)
})

test('etcd killed in the middle of writes: it comes again by itself, and nothing acknowledged is lost or doubled', async (t) => {
  const { client, lead, form } = await etcd(t)
  const store = await openStore(new EtcdBackend(client, seal, await lead()))
  let acknowledged = 0
  const write = async (n: number): Promise<void> => {
    await store.update(system, 'create', (tx) => tx.create('secret', secret(`s${n}`, `n${n}`)))
    acknowledged++
  }
  for (let n = 0; n < 60; n++) {
    if (n % 20 === 10) process.kill(Number(readFileSync(join(form.folder, 'etcd.pid'), 'utf8')), 'SIGKILL')
    await write(n)
  }
  assert.equal(acknowledged, 60)
  const again = await openStore(new EtcdBackend(client, seal, await lead()))
  assert.equal(again.view().count('secret'), 60)
  assert.equal(again.view().revision, 60)
})

test('a store moves from LMDB to etcd under writes: none is lost, none is refused', async (t) => {
  const { client, lead } = await etcd(t)
  const folder = mkdtempSync(join(tmpdir(), 'essaim-move-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const store = await openStore(LmdbBackend.open(join(folder, 'store')))
  const create = (n: number): Promise<unknown> =>
    store.update(system, 'create', (tx) => tx.create('secret', secret(`s${n}`, `n${n}`)))
  await Promise.all(Array.from({ length: 1500 }, (_, n) => create(n)))
  const moving = store.moveTo(async (content) => {
    const backend = new EtcdBackend(client, seal, await lead())
    await backend.fill(content)
    return backend
  })
  const during = Array.from({ length: 100 }, (_, n) => create(1500 + n))
  await Promise.all([moving, ...during])
  await create(1600)
  const again = await openStore(new EtcdBackend(client, seal, await lead()))
  assert.equal(again.view().count('secret'), 1601)
  assert.equal(again.view().revision, store.view().revision)
  assert.equal(again.journal().length, 1000)
})

test('a move that fails changes nothing', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'essaim-move-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const store = await openStore(LmdbBackend.open(join(folder, 'store')))
  await assert.rejects(
    store.moveTo(() => Promise.reject(new Error('no'))),
    { message: 'no' },
  )
  await store.update(system, 'create', (tx) => tx.create('secret', secret('a', 'a')))
  await store.close()
  const again = await openStore(LmdbBackend.open(join(folder, 'store')))
  assert.equal(again.view().count('secret'), 1)
  await again.close()
})

test('a server that is closed leaves etcd running for the next, and one with other flags replaces it', async (t) => {
  const { form, server } = await etcd(t)
  const pid = (): string => readFileSync(join(form.folder, 'etcd.pid'), 'utf8')
  const before = pid()
  await server.close()
  const adopted = await EtcdServer.start({ form, logger: silentLogger })
  assert.equal(pid(), before)
  process.kill(Number(before), 'SIGKILL')
  while (pid() === before) await new Promise((resolve) => setTimeout(resolve, 20))
  await adopted.close()
  const between = pid()
  const moved = `http://127.0.0.1:${await freePort()}`
  const other = await EtcdServer.start({ form: { ...form, listenPeerURL: moved }, logger: silentLogger })
  assert.notEqual(pid(), between)
  await other.stop()
})

test('where etcd is not installed the error says how to get it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'essaim-etcd-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const url = 'http://127.0.0.1:1'
  const form: MemberForm = { name: 'm', folder, peerURL: url, listenPeerURL: url, cluster: 'new' }
  await assert.rejects(EtcdServer.start({ form, logger: silentLogger, binary: 'no-such-etcd' }), {
    code: 'etcd.missing',
    hint: /apt-get install --no-install-recommends etcd-server/,
  })
})

test('a follower sees every change in order, and goes on over a restart of etcd and over what etcd has forgotten', async (t) => {
  const { client, lead, form } = await etcd(t)
  const store = await openStore(new EtcdBackend(client, seal, await lead()))
  const create = (n: number): Promise<unknown> =>
    store.update({ name: 'me' }, `write ${n}`, (tx) => tx.create('secret', secret(`s${n}`, `n${n}`)))
  await create(0)
  const refusal = (): Error => new Error('it does not lead')
  const follower = await FollowerStore.open({ etcd: client, seal, refusal, logger: silentLogger })
  t.after(() => follower.close())
  assert.equal(follower.view().count('secret'), 1)
  await assert.rejects(follower.update(), { message: 'it does not lead' })
  const seen: number[] = []
  const watched = (async () => {
    for await (const batch of follower.watch(new AbortController().signal).changes) seen.push(batch.revision)
  })()
  for (let n = 1; n < 50; n++) {
    if (n === 25) process.kill(Number(readFileSync(join(form.folder, 'etcd.pid'), 'utf8')), 'SIGKILL')
    await create(n)
  }
  await store.update(system, 'remove', (tx) => tx.remove('secret', 's7'))
  await follower.caughtUp()
  assert.equal(follower.view().count('secret'), 49)
  assert.deepEqual([...follower.view().all('secret')], [...store.view().all('secret')])
  assert.equal(follower.view().revision, store.view().revision)
  assert.deepEqual(follower.journal().at(-2), store.journal().at(-2))
  await follower.close()
  await watched
  assert.deepEqual(
    seen,
    seen.toSorted((a, b) => a - b),
  )
  assert.equal(new Set(seen).size, seen.length)
})
