import { test } from 'node:test'
import assert from 'node:assert/strict'
import { silentLogger, type Clock } from '@essaim/base'
import type { Task, TaskState } from '@essaim/api-types'
import type { SessionMessage, TaskStatusUpdate } from '@essaim/protocol'
import { bootstrapCluster } from '../controlapi/cluster/bootstrap.js'
import { Networks } from '../controlapi/networks/networks.js'
import { caller, nodeId, openManager } from '../manager.fixture.js'
import { HostCalls } from '../hostcalls/index.js'
import { LogBroker } from '../logbroker/index.js'
import { MemoryBackend, openStore, type Store } from '../store/index.js'
import { ManagerDispatcher } from './index.js'
import { applyStatus } from './status.js'

const unborn = { Version: { Index: 0 }, CreatedAt: '', UpdatedAt: '' }
const system = { name: 'system' }

const task = (State: TaskState): Task => ({
  ID: 't',
  ...unborn,
  Spec: {},
  ServiceID: 's',
  NodeID: 'n',
  Status: { State, Timestamp: '' },
  DesiredState: 'running',
  Internal: { SpecVersion: 0, ServiceName: 's', ServiceLabels: {}, Ports: [], NotBefore: 0 },
})

const update = (State: TaskState, ready = false): TaskStatusUpdate => ({
  taskId: 't',
  status: { State, Timestamp: '2026-01-01T00:00:00Z' },
  ready,
})

async function storeWith(state: TaskState): Promise<Store> {
  const store = await openStore(new MemoryBackend())
  await store.update(system, 'create', (tx) => tx.create('task', task(state)))
  return store
}

const report = (store: Store, node: string, ...updates: TaskStatusUpdate[]): Promise<void> =>
  store.update(system, 'status', (tx) => applyStatus(tx, node, updates))

test('observed states only move forward, and only the node of a task reports it', async () => {
  const store = await storeWith('preparing')
  const state = (): TaskState | undefined => store.view().get('task', 't')?.Status.State
  await report(store, 'n', update('assigned'))
  assert.equal(state(), 'preparing')
  await report(store, 'another', update('running'))
  assert.equal(state(), 'preparing')
  await report(store, 'n', update('running', true))
  assert.equal(state(), 'running')
  await report(store, 'n', update('failed'), update('running', true))
  assert.equal(state(), 'failed')
  assert.equal(store.view().get('task', 't')?.Internal.Ready, false)
})

test('a report that tells nothing new costs no write', async () => {
  const store = await storeWith('starting')
  await report(store, 'n', update('running', true))
  const { revision } = store.view()
  await report(store, 'n', update('running', true))
  assert.equal(store.view().revision, revision)
  assert.equal(store.view().get('task', 't')?.Internal.RunningSince, Date.parse('2026-01-01T00:00:00Z'))
  await report(store, 'n', update('running', false))
  assert.equal(store.view().get('task', 't')?.Internal.Ready, false)
})

/** A clock whose timers fire when the test says so. */
class TestClock implements Clock {
  readonly #timers = new Set<{ at: number; run: () => void }>()
  #now = 0

  now(): number {
    return this.#now
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  pass(ms: number): void {
    this.#now += ms
    for (const timer of this.#timers) {
      if (timer.at > this.#now) continue
      this.#timers.delete(timer)
      timer.run()
    }
  }
}

interface Opened {
  store: Store
  clock: TestClock
  dispatcher: ManagerDispatcher
}

async function opened(): Promise<Opened> {
  const store = await openStore(new MemoryBackend())
  const clock = new TestClock()
  const ids = { hex64: () => '', swarm: () => `id${Math.random()}` }
  const bootstrap = { spec: {}, defaultAddrPool: [], subnetSize: 0, dataPathPort: 4789 }
  await bootstrapCluster(store, { nodeId: 'm', address: '10.1.1.9:2377' }, bootstrap, ids, clock)
  const node = { ID: 'n', ...unborn, Spec: {}, Description: {}, Status: { State: 'ready' as const } }
  await store.update(system, 'node', (tx) => tx.create('node', node))
  const broker = new LogBroker(store, ids)
  const networks = new Networks(store, ids, clock)
  const calls = new HostCalls(store, ids, clock)
  return { store, clock, dispatcher: new ManagerDispatcher(store, broker, clock, ids, silentLogger, calls, networks) }
}

const hello = { nodeId: 'n', description: { Hostname: 'h' }, address: '10.1.1.1' }

async function connect({ dispatcher }: Opened): Promise<{ id: string; rest: AsyncIterator<SessionMessage> }> {
  const rest = dispatcher.session(hello, new AbortController().signal)[Symbol.asyncIterator]()
  const { value } = await rest.next()
  return { id: (value as SessionMessage).sessionId, rest }
}

async function untilEnd(messages: AsyncIterator<unknown>): Promise<void> {
  while ((await messages.next()).done !== true);
}

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a node is ready while it is heard of, down when it is silent, and ready when it comes back', async () => {
  const all = await opened()
  const state = (): string | undefined => all.store.view().get('node', 'n')?.Status.State
  const { id, rest } = await connect(all)
  assert.equal(all.store.view().get('node', 'n')?.Description.Hostname, 'h')
  for (let n = 0; n < 5; n++) {
    all.clock.pass(4_000)
    assert.equal((await all.dispatcher.heartbeat(id)).periodMs, 1250)
    await settle()
    assert.equal(state(), 'ready')
  }
  const ended = untilEnd(rest)
  all.clock.pass(5_000)
  await settle()
  assert.equal(state(), 'down')
  await ended
  await assert.rejects(all.dispatcher.heartbeat(id), { code: 'dispatcher.session' })
  await connect(all)
  assert.equal(state(), 'ready')
  await all.dispatcher.close()
})

test('after a start a node that does not come back is down, and not before', async () => {
  const all = await opened()
  const state = (): string | undefined => all.store.view().get('node', 'n')?.Status.State
  all.clock.pass(20_000)
  await settle()
  assert.equal(state(), 'ready')
  all.clock.pass(20_000)
  await settle()
  assert.equal(state(), 'down')
  await all.dispatcher.close()
})

test('a second session of a node ends the first, and an unknown node is refused', async () => {
  const all = await opened()
  const first = await connect(all)
  const second = await connect(all)
  await untilEnd(first.rest)
  await all.dispatcher.heartbeat(second.id)
  const stranger = all.dispatcher.session({ ...hello, nodeId: 'x' }, new AbortController().signal)
  await assert.rejects(stranger[Symbol.asyncIterator]().next() as Promise<unknown>, { code: 'node.not-found' })
  await all.dispatcher.close()
})

test('an agent hears nothing of what does not concern it, and the node itself when it changes', async (t) => {
  const { manager, agent } = await openManager(t)
  await manager.services.create(
    { Name: 'web', TaskTemplate: { ContainerSpec: { Image: 'a' } }, Mode: { Replicated: { Replicas: 1 } } },
    caller,
  )
  await agent.until(() => agent.running('web').length === 1)
  const before = agent.messages.length
  await manager.secrets.create({ Name: 'unused', Data: 'eA==' }, caller)
  await manager.networks.create({ Name: 'unused' }, caller)
  await settle()
  assert.equal(agent.messages.length, before)
  const { Version } = await manager.nodes.inspect(nodeId)
  const spec = { Role: 'manager', Availability: 'drain' } as const
  await manager.nodes.update(nodeId, Version.Index, spec, caller)
  await agent.until(() => agent.running('web').length === 0)
})
