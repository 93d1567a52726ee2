import { createSign, createPublicKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { test, type TestContext } from 'node:test'
import assert from 'node:assert/strict'
import { silentLogger, systemClock, type Clock } from '@essaim/base'
import {
  askRoots,
  askToJoin,
  askToRenew,
  Connection,
  peerOf,
  RemoteDispatcher,
  RpcServer,
  serveCA,
  serveDispatcher,
  splitPem,
  type CertificateRequest,
  type Certified,
  type NodeIdentity,
  type SessionMessage,
} from '@essaim/protocol'
import { certifyNode, createRoot } from './ca/root.js'
import { caller, nodeId } from './manager.fixture.js'
import { Manager, MemoryBackend } from './index.js'

/** A manager that other nodes reach. */
interface Serving {
  manager: Manager
  server: RpcServer
  address: string
  token(this: void): Promise<string>
}

function newKey(): { key: string; request: CertificateRequest } {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const publicKey = createPublicKey(key).export({ type: 'spki', format: 'pem' }) as string
  return { key, request: { publicKey, signature: createSign('sha256').update(publicKey).sign(key) } }
}

async function serving(t: TestContext, clock: Clock = systemClock): Promise<Serving> {
  const bootstrap = { spec: {}, defaultAddrPool: [], subnetSize: 0, dataPathPort: 4789 }
  const options = { dir: '', nodeId, address: '127.0.0.1:2377', logger: silentLogger, backend: new MemoryBackend() }
  const manager = await Manager.open({ ...options, bootstrap, clock })
  t.after(() => manager.close())
  const { key, request } = newKey()
  const own = await manager.authority.renew({ nodeId, role: 'manager', clusterId: '' }, request)
  const server = new RpcServer(identityOf(key, own), silentLogger)
  serveCA(server, manager.authority)
  serveDispatcher(server, (peer) => manager.dispatcher.of(peer.nodeId))
  t.after(() => server.close())
  const port = await server.listen('127.0.0.1:0')
  const token = async (): Promise<string> => (await manager.cluster.inspect()).JoinTokens.Worker ?? ''
  return { manager, server, address: `127.0.0.1:${port}`, token }
}

const never = new AbortController().signal

interface Joined {
  certified: Certified
  identity: NodeIdentity
  dispatcher: RemoteDispatcher
}

const identityOf = (key: string, { certificate, roots }: Certified): NodeIdentity => ({ key, certificate, roots })

const dispatcherOf = (address: string, identity: NodeIdentity, clusterId: string): RemoteDispatcher =>
  new RemoteDispatcher(() => Promise.resolve(new Connection(address, { identity, clusterId })))

async function joined({ address, token }: Serving): Promise<Joined> {
  const { roots } = await askRoots(address, never)
  const { key, request } = newKey()
  const certified = await askToJoin(address, roots, await token(), request, never)
  const identity = identityOf(key, certified)
  return { certified, identity, dispatcher: dispatcherOf(address, identity, certified.clusterId) }
}

interface Session {
  first: SessionMessage
  rest: AsyncIterator<SessionMessage>
}

async function session(dispatcher: RemoteDispatcher, signal: AbortSignal, claimed = 'n'): Promise<Session> {
  const hello = { nodeId: claimed, description: { Hostname: 'far' }, address: '10.0.0.2' }
  const rest = dispatcher.session(hello, signal)[Symbol.asyncIterator]()
  const { value } = await rest.next()
  return { first: value as SessionMessage, rest }
}

/** A signal that is raised when the test ends. */
function until(t: TestContext): AbortSignal {
  const ends = new AbortController()
  t.after(() => ends.abort())
  return ends.signal
}

test('who joins gets a certificate of its own, a manager’s or a wrong token none', async (t) => {
  const served = await serving(t)
  const { certified } = await joined(served)
  const [leaf = ''] = splitPem(certified.certificate)
  const own = new X509Certificate(leaf)
  const { clusterId, nodeId: id } = certified
  assert.deepEqual(peerOf(own), { nodeId: id, role: 'worker', clusterId })
  assert.ok(own.verify(new X509Certificate(certified.roots).publicKey))
  assert.equal(served.manager.store.view().get('node', id)?.Spec.Role, 'worker')
  const ask = (token: string, more = {}): Promise<Certified> =>
    askToJoin(served.address, certified.roots, token, { ...newKey().request, ...more }, never)
  const before = await served.token()
  const { Version, Spec, JoinTokens } = await served.manager.cluster.inspect()
  const rotate = { workerToken: true, managerToken: false, unlockKey: false }
  await served.manager.cluster.update(Version.Index, Spec, rotate, caller)
  const message = 'A valid join token is necessary to join this cluster'
  for (const wrong of [before, '', `${before}x`]) await assert.rejects(ask(wrong), { message })
  await assert.rejects(ask(JoinTokens.Manager ?? ''), {
    message: /need etcd, which is not installed/,
    kind: 'forbidden',
  })
  assert.equal(served.manager.store.view().count('node'), 2)
  assert.equal((await ask(JoinTokens.Manager ?? '', { hasEtcd: true })).role, 'manager')
  // Somebody else's key is not certified.
  const forged = { ...newKey().request, signature: newKey().request.signature }
  await assert.rejects(askToJoin(served.address, certified.roots, await served.token(), forged, never), {
    kind: 'invalid',
  })
})

test('a session over the network: told once, then what changes; large messages come in parts', async (t) => {
  const served = await serving(t)
  const { certified, dispatcher } = await joined(served)
  const signal = until(t)
  const { first } = await session(dispatcher, signal, 'somebody else')
  // It is who its certificate says.
  assert.equal(first.node.ID, certified.nodeId)
  assert.equal(first.trust.roots, certified.roots)
  assert.deepEqual(first.managers, [{ nodeId, address: '127.0.0.1:2377' }])
  assert.deepEqual(await dispatcher.heartbeat(first.sessionId), { periodMs: 1250 })
  const messages = dispatcher.assignments(first.sessionId, signal)[Symbol.asyncIterator]()
  const complete = await messages.next()
  assert.equal((complete.value as { type: string }).type, 'complete')
  const big = Buffer.alloc(400_000, 'x').toString('base64')
  for (const Name of ['a', 'b', 'c', 'd']) await served.manager.configs.create({ Name, Data: big }, caller)
  const configs = [...served.manager.store.view().all('config')].map(({ ID, Spec }) => ({
    ConfigID: ID,
    ConfigName: Spec.Name,
    File: { Name: `/${Spec.Name}`, UID: '0', GID: '0', Mode: 0o444 },
  }))
  const Constraints = [`node.id==${certified.nodeId}`]
  const TaskTemplate = { ContainerSpec: { Image: 'a', Configs: configs }, Placement: { Constraints } }
  await served.manager.services.create({ Name: 'big', TaskTemplate }, caller)
  const { value } = (await messages.next()) as { value: { changes: { item?: { kind: string } }[] } }
  const kinds = value.changes.flatMap(({ item }) => item?.kind ?? [])
  assert.deepEqual(kinds.filter((kind) => kind !== 'network').toSorted(), [
    'config',
    'config',
    'config',
    'config',
    'task',
  ])
  const [task] = served.manager.store.view().find('task', 'node', certified.nodeId)
  const status = { State: 'running' as const, Timestamp: '2026-01-01T00:00:00Z' }
  await dispatcher.updateTaskStatus(first.sessionId, [{ taskId: task?.ID ?? '', status, ready: true }])
  assert.equal(served.manager.store.view().get('task', task?.ID ?? '')?.Status.State, 'running')
})

test('nobody acts for another node, and a node that was removed is refused with the reason', async (t) => {
  const served = await serving(t)
  const [one, two] = [await joined(served), await joined(served)]
  const signal = until(t)
  const { first } = await session(one.dispatcher, signal)
  const other = await session(two.dispatcher, signal)
  await assert.rejects(two.dispatcher.heartbeat(first.sessionId), { kind: 'forbidden', code: 'dispatcher.session' })
  await assert.rejects(two.dispatcher.leave(first.sessionId), { kind: 'forbidden' })
  await served.manager.nodes.remove(two.certified.nodeId, { force: true }, caller)
  while ((await other.rest.next()).done !== true);
  const message = `Permission denied: node ${two.certified.nodeId} was removed from swarm`
  await assert.rejects(session(two.dispatcher, signal), { kind: 'forbidden', message })
  const { identity, certified } = two
  await assert.rejects(askToRenew(served.address, identity, certified.clusterId, newKey().request, never), { message })
  await one.dispatcher.heartbeat(first.sessionId)
  assert.equal(served.manager.store.view().get('node', two.certified.nodeId), undefined)
})

test('without a certificate of the cluster that is valid now nothing is answered', async (t) => {
  const served = await serving(t)
  const { certified, identity } = await joined(served)
  const { clusterId } = certified
  const refused = async (own: NodeIdentity, message: RegExp): Promise<void> => {
    const dispatcher = dispatcherOf(served.address, own, clusterId)
    await assert.rejects(session(dispatcher, until(t)), { kind: 'unauthorized', message })
  }
  const foreign = createRoot(Date.now())
  const [root] = [...served.manager.store.view().all('cluster')].map(({ Internal }) => Internal.RootCA)
  assert.ok(root)
  const made = (by: typeof foreign, now: number): NodeIdentity => {
    const { key, request } = newKey()
    const publicKey = createPublicKey(request.publicKey)
    const form = { nodeId: certified.nodeId, role: 'worker', clusterId, publicKey, lifetimeMs: 3600_000 } as const
    return { key, certificate: certifyNode(by, { ...form, now }), roots: identity.roots }
  }
  await refused(made(foreign, Date.now()), /signed by unknown authority/)
  await refused(made(root, Date.now() - 2 * 3600_000), /has expired/)
  await refused(made(root, Date.now() + 2 * 3600_000), /not valid yet: the clocks/)
  const anonymous = new RemoteDispatcher(() =>
    Promise.resolve(new Connection(served.address, { roots: identity.roots })),
  )
  await assert.rejects(session(anonymous, until(t)), { kind: 'unauthorized', message: /it shows none/ })
})

test('a node talks to managers of its cluster only', async (t) => {
  const served = await serving(t)
  const { certified, identity } = await joined(served)
  const other = await serving(t)
  const reach = (address: string, own: NodeIdentity, clusterId: string): Promise<unknown> =>
    session(dispatcherOf(address, own, clusterId), until(t))
  await assert.rejects(reach(other.address, identity, certified.clusterId), { kind: 'unavailable' })
  await assert.rejects(reach(served.address, identity, 'another'), { message: /a manager of another cluster/ })
})

test('the root is rotated while nodes work: who has heard nothing trusts the new one by the old', async (t) => {
  const served = await serving(t)
  const asleep = await joined(served)
  const { Version, Spec, TLSInfo } = await served.manager.cluster.inspect()
  const rotate = { workerToken: false, managerToken: false, unlockKey: false }
  const tokenBefore = await served.token()
  await served.manager.cluster.update(
    Version.Index,
    { ...Spec, CAConfig: { ...Spec.CAConfig, ForceRotate: 1 } },
    rotate,
    caller,
  )
  const during = await served.manager.cluster.inspect()
  assert.equal(during.RootRotationInProgress, true)
  assert.equal(during.TLSInfo.TrustRoot, TLSInfo.TrustRoot)
  assert.notEqual(during.TLSInfo.CertIssuerPublicKey, TLSInfo.CertIssuerPublicKey)
  // The manager shows a certificate of the new root.
  const { key, request } = newKey()
  const own = await served.manager.authority.renew({ nodeId, role: 'manager', clusterId: '' }, request)
  served.server.renew(identityOf(key, own))
  const { first } = await session(asleep.dispatcher, until(t))
  assert.equal(first.trust.issuer, during.TLSInfo.CertIssuerPublicKey)
  const { clusterId } = asleep.certified
  const mine = newKey()
  const renewed = await askToRenew(served.address, asleep.identity, clusterId, mine.request, never)
  const awake = dispatcherOf(served.address, identityOf(mine.key, renewed), clusterId)
  const tls = { ...TLSInfo, CertIssuerPublicKey: during.TLSInfo.CertIssuerPublicKey ?? '' }
  for (const id of [nodeId, asleep.certified.nodeId]) {
    const dispatcher = served.manager.dispatcher.of(id)
    const hello = { nodeId: id, description: { Hostname: 'h', TLSInfo: tls }, address: '10.0.0.1' }
    await dispatcher.session(hello, until(t))[Symbol.asyncIterator]().next()
  }
  const after = await served.manager.cluster.inspect()
  assert.equal(after.RootRotationInProgress, false)
  assert.equal(after.TLSInfo.CertIssuerPublicKey, during.TLSInfo.CertIssuerPublicKey)
  assert.notEqual(after.TLSInfo.TrustRoot, TLSInfo.TrustRoot)
  assert.notEqual(await served.token(), tokenBefore)
  served.server.renew({ ...identityOf(key, own), roots: served.manager.authority.roots() })
  await session(awake, until(t))
})

test('a root that is given has to be one, with its key', async (t) => {
  const { manager } = await serving(t)
  const { Version, Spec } = await manager.cluster.inspect()
  const update = (CAConfig: object): Promise<void> => {
    const rotate = { workerToken: false, managerToken: false, unlockKey: false }
    return manager.cluster.update(Version.Index, { ...Spec, CAConfig }, rotate, caller)
  }
  const [one, two] = [createRoot(Date.now()), createRoot(Date.now())]
  await assert.rejects(update({ SigningCACert: one.certificate }), { message: /comes with its key/ })
  await assert.rejects(update({ SigningCACert: one.certificate, SigningCAKey: two.key }), { message: /key mismatch/ })
  await assert.rejects(update({ SigningCACert: 'x', SigningCAKey: 'y' }), { kind: 'invalid' })
  await update({ SigningCACert: one.certificate, SigningCAKey: one.key })
  const stored = await manager.cluster.inspect()
  assert.equal(stored.RootRotationInProgress, true)
  assert.ok(!JSON.stringify(stored).includes('PRIVATE KEY'))
})

test('a host call reaches the node’s agent and comes back; a node without a session is named', async (t) => {
  const served = await serving(t)
  const { certified, dispatcher } = await joined(served)
  const signal = until(t)
  const { nodeId: id } = certified
  const refusal = served.manager.hostCalls.ask(id, 'exec.inspect', ['e'])
  await assert.rejects(refusal, { kind: 'unavailable', message: /cannot be asked: it has no session/ })
  const { first } = await session(dispatcher, signal)
  const serve = async (): Promise<void> => {
    for await (const call of dispatcher.hostCalls(first.sessionId, signal)) {
      async function* answer(): AsyncGenerator<{ kind: 'result' | 'stdout' | 'end' | 'error'; data: Buffer }> {
        if (call.method !== 'exec.start') {
          yield {
            kind: 'error',
            data: Buffer.from(JSON.stringify({ kind: 'not-found', code: 'x', message: 'no exec' })),
          }
          return
        }
        yield { kind: 'result', data: Buffer.from('{"tty":false,"attached":true}') }
        for await (const text of typed) yield { kind: 'stdout', data: text }
        yield { kind: 'end', data: Buffer.alloc(0) }
      }
      const pipe = new TransformStream<Buffer, Buffer>(undefined, { highWaterMark: 100 })
      const typed = pipe.readable
      const writer = pipe.writable.getWriter()
      for await (const { kind, data } of dispatcher.answerHostCall(first.sessionId, call.callId, answer(), signal)) {
        if (kind === 'end') await writer.close()
        else await writer.write(data)
      }
    }
  }
  serve().catch(() => {})
  await eventually(async () => {
    await assert.rejects(served.manager.hostCalls.ask(id, 'exec.inspect', ['e']), {
      message: 'no exec',
      kind: 'not-found',
    })
  })
  const { result, output, stdin } = await served.manager.hostCalls.call(id, 'exec.start', ['e', {}], signal)
  assert.deepEqual(result, { tty: false, attached: true })
  const text = Buffer.alloc(1 << 20, 'abc')
  stdin.end(text)
  const back: Buffer[] = []
  for await (const { data } of output) back.push(data)
  assert.ok(Buffer.concat(back).equals(text))
})

/** Tries again while the agent is not there yet. */
async function eventually(attempt: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (tries > 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}
