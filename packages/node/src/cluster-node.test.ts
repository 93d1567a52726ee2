import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { FakeEngine } from '@essaim/agent/fixture'
import { silentLogger } from '@essaim/base'
import { EventBus } from '@essaim/engine'
import { ClusterNode } from './cluster-node.js'
import { readState, writeState } from './state-file.js'

const caller = { name: 'test' }
const request = { ListenAddr: '0.0.0.0:2377', AdvertiseAddr: '127.0.0.1' }

interface Host {
  engine: FakeEngine
  statePath: string
  /** Opens the node of this host; it is closed when the test ends. */
  open(this: void): Promise<ClusterNode>
}

function host(t: TestContext): Host {
  const folder = mkdtempSync(join(tmpdir(), 'essaim-node-'))
  const engine = new FakeEngine()
  const nodes: ClusterNode[] = []
  t.after(async () => {
    for (const node of nodes) await node.close()
    rmSync(folder, { recursive: true })
  })
  const open = async (): Promise<ClusterNode> => {
    const node = await ClusterNode.open({
      dataRoot: join(folder, 'data'),
      execRoot: join(folder, 'run'),
      runtime: { ...engine.runtime, events: new EventBus() },
      ownInterfaces: () => [],
      logger: silentLogger,
    })
    nodes.push(node)
    return node
  }
  return { engine, open, statePath: join(folder, 'data/swarm/node.json') }
}

void test('outside of a swarm, everything of a swarm is refused with 503', async (t) => {
  const node = await host(t).open()
  const message = /^This node is not a swarm manager\. Use "docker swarm init"/
  await assert.rejects(node.services.list({ filters: {}, status: false }), { message, kind: 'unavailable' })
  await assert.rejects(node.inspect(), { message, kind: 'unavailable' })
  await assert.rejects(node.leave({ force: true }, caller), { message: 'This node is not part of a swarm' })
  assert.equal((await node.info()).LocalNodeState, 'inactive')
  assert.equal(node.swarmState(), 'inactive')
})

void test('init makes a swarm of one, once', async (t) => {
  const node = await host(t).open()
  await assert.rejects(node.init({ ...request, Spec: { Name: 'x' } }, caller), {
    message: 'swarm spec must be named "default"',
  })
  const id = await node.init(request, caller)
  await assert.rejects(node.init(request, caller), { message: /^This node is already part of a swarm\./ })
  await assert.rejects(node.join({ ...request, RemoteAddrs: ['x'], JoinToken: 'y' }, caller), {
    message: /^This node is already part of a swarm\./,
  })
  const info = await node.info()
  assert.deepEqual([info.NodeID, info.NodeAddr, info.LocalNodeState, info.Nodes], [id, '127.0.0.1', 'active', 1])
  await assert.rejects(node.leave({ force: false }, caller), { message: /Removing the last manager erases all/ })
})

void test('joining says what is wrong at once, and goes on while no manager answers', async (t) => {
  const { open, statePath } = host(t)
  const node = await open()
  const join = (JoinToken: string, RemoteAddrs = ['127.0.0.1:1']): Promise<void> =>
    node.join({ ...request, RemoteAddrs, JoinToken }, caller)
  await assert.rejects(join('', []), { message: 'at least 1 RemoteAddr is required to join' })
  await assert.rejects(join('SWMTKN-1-short'), { message: 'invalid join token' })
  assert.equal(node.swarmState(), 'inactive')
  const outcome = assert.rejects(join(`SWMTKN-1-${'a'.repeat(50)}-${'b'.repeat(25)}`))
  await until(() => node.swarmState() === 'pending')
  await until(async () => /cannot be reached/.test((await node.info()).Error ?? ''))
  await assert.rejects(node.init(request, caller), { message: /^This node is already part of a swarm\./ })
  await node.close()
  await outcome
  const after = await open()
  assert.equal(after.swarmState(), 'pending')
  await after.leave({ force: false }, caller)
  assert.equal(after.swarmState(), 'inactive')
  assert.equal(await readState(statePath), undefined)
})

void test('a restarted node is in its swarm with its services, and tasks are where they were', async (t) => {
  const { open, engine } = host(t)
  const before = await open()
  const id = await before.init(request, caller)
  await before.services.create(
    { Name: 'web', TaskTemplate: { ContainerSpec: { Image: 'alpine' } }, Mode: { Replicated: { Replicas: 2 } } },
    caller,
  )
  await running(before, 2)
  await before.close()
  const starts = engine.calls.filter((call) => call.startsWith('start')).length
  const after = await open()
  assert.equal((await after.info()).NodeID, id)
  await running(after, 2)
  assert.equal(engine.calls.filter((call) => call.startsWith('start')).length, starts)
  await after.leave({ force: true }, caller)
  assert.equal(engine.live.size, 0)
})

void test('a leave that was cut off is finished at the next start', async (t) => {
  const { open, engine, statePath } = host(t)
  const before = await open()
  await before.init(request, caller)
  await before.services.create({ Name: 'web', TaskTemplate: { ContainerSpec: { Image: 'alpine' } } }, caller)
  await running(before, 1)
  await before.close()
  const state = await readState(statePath)
  assert.ok(state && 'nodeId' in state)
  await writeState(statePath, { ...state, leaving: true })
  const after = await open()
  assert.equal(after.swarmState(), 'inactive')
  assert.equal(engine.live.size, 0)
  assert.equal(await readState(statePath), undefined)
})

function running(node: ClusterNode, count: number): Promise<void> {
  return until(async () => {
    const tasks = await node.tasks.list({})
    return tasks.filter((task) => task.Status.State === 'running').length === count
  })
}

async function until(met: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (await met()) return
  }
  assert.fail('it did not come to that within 10 s')
}
