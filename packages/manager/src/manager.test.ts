import { test } from 'node:test'
import assert from 'node:assert/strict'
import type { ServiceSpec } from '@essaim/api-types'
import { MemoryBackend } from './index.js'
import { caller, openManager } from './manager.fixture.js'

const spec = (Name: string, replicas: number, more: Partial<ServiceSpec> = {}): ServiceSpec => ({
  Name,
  TaskTemplate: { ContainerSpec: { Image: 'alpine' } },
  Mode: { Replicated: { Replicas: replicas } },
  ...more,
})

test('a service runs, scales, and leaves nothing when it is removed', async (t) => {
  const { manager, agent } = await openManager(t)
  await manager.services.create(spec('web', 3), caller)
  await agent.until(() => agent.running('web').length === 3)
  const { Version, Spec } = await manager.services.inspect('web', { insertDefaults: false })
  const update = { version: Version.Index, spec: { ...Spec, Mode: { Replicated: { Replicas: 1 } } } }
  await manager.services.update('web', { ...update, rollback: false, registryAuthFrom: 'spec' }, caller)
  await agent.until(() => agent.running('web').length === 1)
  const [listed] = await manager.services.list({ filters: {}, status: true })
  assert.deepEqual(listed?.ServiceStatus, { DesiredTasks: 1, RunningTasks: 1, CompletedTasks: 0 })
  await manager.services.remove('web', caller)
  await agent.until(() => manager.store.view().count('task') === 0 && agent.tasks.size === 0)
})

test('networks, secrets and configs are there before the task, and the network tells of its endpoints', async (t) => {
  const { manager, agent } = await openManager(t)
  const { Id } = await manager.networks.create({ Name: 'back', Driver: 'overlay' }, caller)
  const { ID: SecretID } = await manager.secrets.create({ Name: 'pw', Data: 'eA==' }, caller)
  const File = { Name: 'pw', UID: '0', GID: '0', Mode: 0o444 }
  await manager.services.create(
    spec('db', 2, {
      TaskTemplate: {
        ContainerSpec: { Image: 'alpine', Secrets: [{ SecretID, SecretName: 'pw', File }] },
        Networks: [{ Target: 'back', Aliases: ['database'] }],
      },
      EndpointSpec: { Ports: [{ TargetPort: 80, PublishedPort: 8080 }, { TargetPort: 81 }] },
    }),
    caller,
  )
  await agent.until(() => agent.running('db').length === 2)
  const ready = (): number => agent.networks.get(Id)?.endpoints.filter((one) => one.ready).length ?? 0
  await agent.until(() => ready() === 2)
  const state = agent.networks.get(Id)
  assert.deepEqual(
    state?.services.map(({ name, aliases, mode, vip }) => ({ name, aliases, mode, vip })),
    [{ name: 'db', aliases: ['database'], mode: 'vip', vip: '10.0.1.2' }],
  )
  assert.deepEqual(state?.endpoints.map(({ address, mac }) => [address, mac].join(' ')).sort(), [
    '10.0.1.3 02:42:0a:00:01:03',
    '10.0.1.4 02:42:0a:00:01:04',
  ])
  const ingress = [...agent.networks.values()].find(({ network }) => network.Spec.Ingress)
  assert.deepEqual(
    ingress?.services[0]?.ports.map(({ PublishedPort }) => PublishedPort),
    [8080, 30000],
  )
  assert.equal(ingress?.endpoints.length, 2)
  await assert.rejects(manager.networks.remove('back', caller), /is in use by service/)
  await assert.rejects(manager.secrets.remove('pw', caller), /secret 'pw' is in use by the following service: db/)
  await manager.services.remove('db', caller)
  await agent.until(() => agent.tasks.size === 0 && agent.secrets.size === 0 && !agent.networks.has(Id))
  await manager.networks.remove('back', caller)
  await manager.secrets.remove('pw', caller)
})

test('a manager that starts again goes on where it was, and the agent is told everything', async (t) => {
  const backend = new MemoryBackend()
  const first = await openManager({ after: () => {} }, backend)
  await first.manager.services.create(spec('web', 3), caller)
  await first.agent.until(() => first.agent.running('web').length === 3)
  const ids = first.agent.running('web').map(({ ID }) => ID)
  await first.agent.stop()
  await first.manager.close()
  const { agent } = await openManager(t, backend)
  await agent.until(() => agent.tasks.size === 3)
  assert.deepEqual([...agent.tasks.keys()].sort(), ids.sort())
  assert.equal(agent.messages[0]?.type, 'complete')
})

test('a task that failed is replaced, and a hundred services come up at once', async (t) => {
  const { manager, agent } = await openManager(t)
  const started = performance.now()
  const names = Array.from({ length: 100 }, (_, n) => `s${n}`)
  await Promise.all(names.map((name) => manager.services.create(spec(name, 2), caller)))
  await agent.until(() => manager.store.view().find('task', 'state', 'running').length === 200)
  t.diagnostic(`100 services with 200 tasks in ${Math.round(performance.now() - started)} ms`)
  const [task] = agent.running('s7')
  assert.ok(task)
  await agent.end(task, 'failed')
  await agent.until(() => agent.running('s7').some(({ ID }) => ID !== task.ID))
})

test('a network may go before its last tasks have ended, and stays on their node until then', async (t) => {
  const { manager, agent } = await openManager(t)
  const { Id } = await manager.networks.create({ Name: 'back' }, caller)
  const TaskTemplate = { ContainerSpec: { Image: 'alpine' }, Networks: [{ Target: 'back' }] }
  await manager.services.create(spec('db', 2, { TaskTemplate }), caller)
  await agent.until(() => agent.running('db').length === 2 && agent.networks.has(Id))
  await Promise.all([manager.services.remove('db', caller), manager.networks.remove('back', caller)])
  await agent.until(() => agent.tasks.size === 0 && !agent.networks.has(Id))
  const removal = agent.messages.flatMap(({ changes }) => changes).filter(({ action }) => action === 'remove')
  assert.deepEqual(
    removal.map((change) => (change.action === 'remove' ? change.kind : '')),
    ['task', 'task', 'network'],
  )
})
