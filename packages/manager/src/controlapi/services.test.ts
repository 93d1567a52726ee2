import { test } from 'node:test'
import assert from 'node:assert/strict'
import type { ServiceSpec, Task } from '@essaim/api-types'
import { caller, openManager } from '../manager.fixture.js'
import type { Manager } from '../manager.js'
import { storedSpec } from './services/stored-spec.js'

const minimal: ServiceSpec = { Name: 'web', TaskTemplate: { ContainerSpec: { Image: 'alpine' } } }
const plain = { insertDefaults: false }

async function change(manager: Manager, make: (spec: ServiceSpec) => void, rollback = false): Promise<void> {
  const { Spec, Version } = await manager.services.inspect('web', plain)
  const spec = structuredClone(Spec)
  make(spec)
  await manager.services.update('web', { version: Version.Index, spec, rollback, registryAuthFrom: 'spec' }, caller)
}

test('what is stored is what Docker stores', () => {
  assert.deepEqual(storedSpec(minimal), {
    Name: 'web',
    Labels: {},
    TaskTemplate: { ContainerSpec: { Image: 'alpine', Isolation: 'default' }, ForceUpdate: 0, Runtime: 'container' },
    Mode: { Replicated: { Replicas: 1 } },
  })
})

test('what is empty is left out, unless its zero means something', () => {
  const stored = storedSpec({
    Name: 'web',
    Labels: { '': '', empty: '' },
    TaskTemplate: {
      ContainerSpec: {
        Image: 'alpine',
        Init: false,
        TTY: false,
        Env: [],
        Labels: {},
        StopGracePeriod: 0,
        DNSConfig: {},
      },
      RestartPolicy: { Delay: 0 },
      Resources: { Limits: { MemoryBytes: 0 } },
    },
    Mode: { Replicated: { Replicas: 0 } },
    UpdateConfig: { Parallelism: 0, Delay: 0 },
    EndpointSpec: { Ports: [{ TargetPort: 80, PublishedPort: 0 }] },
  })
  assert.deepEqual(stored, {
    Name: 'web',
    Labels: { '': '', empty: '' },
    TaskTemplate: {
      ContainerSpec: { Image: 'alpine', Init: false, StopGracePeriod: 0, DNSConfig: {}, Isolation: 'default' },
      RestartPolicy: { Condition: 'any', Delay: 0, MaxAttempts: 0 },
      Resources: { Limits: {} },
      ForceUpdate: 0,
      Runtime: 'container',
    },
    Mode: { Replicated: { Replicas: 0 } },
    UpdateConfig: { Parallelism: 0, FailureAction: 'pause', MaxFailureRatio: 0, Order: 'stop-first' },
    EndpointSpec: { Mode: 'vip', Ports: [{ TargetPort: 80, Protocol: 'tcp', PublishMode: 'ingress' }] },
  })
})

test('an update keeps the specification before it, and a rollback takes it back', async (t) => {
  const { manager, agent } = await openManager(t)
  await manager.services.create(minimal, caller)
  await agent.until(() => agent.running('web').length === 1)
  await change(manager, (spec) => {
    spec.TaskTemplate = { ...spec.TaskTemplate, ContainerSpec: { Image: 'alpine', Env: ['A=b'] } }
  })
  const updated = await manager.services.inspect('web', plain)
  assert.deepEqual(updated.Spec.TaskTemplate.ContainerSpec?.Env, ['A=b'])
  assert.equal(updated.PreviousSpec?.TaskTemplate.ContainerSpec?.Env, undefined)
  await change(manager, () => {}, true)
  const back = await manager.services.inspect('web', plain)
  assert.equal(back.Spec.TaskTemplate.ContainerSpec?.Env, undefined)
  assert.deepEqual(back.PreviousSpec, updated.Spec)
  assert.match(back.UpdateStatus?.State ?? '', /^rollback_/)
})

test('networks are stored by id in the order given, and defaults are written out when asked for', async (t) => {
  const { manager } = await openManager(t)
  const { Id: b } = await manager.networks.create({ Name: 'b' }, caller)
  const { Id: a } = await manager.networks.create({ Name: 'a' }, caller)
  const Networks = [{ Target: 'b', Aliases: ['x'] }, { Target: 'a' }]
  await manager.services.create({ ...minimal, TaskTemplate: { ...minimal.TaskTemplate, Networks } }, caller)
  const { Spec } = await manager.services.inspect('web', plain)
  assert.deepEqual(Spec.TaskTemplate.Networks, [{ Target: b, Aliases: ['x'] }, { Target: a }])
  assert.equal(Spec.RollbackConfig, undefined)
  const whole = await manager.services.inspect('web', { insertDefaults: true })
  const update = { Parallelism: 1, FailureAction: 'pause', Monitor: 5e9, MaxFailureRatio: 0, Order: 'stop-first' }
  assert.deepEqual(whole.Spec.RollbackConfig, update)
  assert.equal(whole.Spec.TaskTemplate.ContainerSpec?.StopGracePeriod, 10e9)
})

test('lists are filtered as Docker filters them, and a reference may be short', async (t) => {
  const { manager, agent } = await openManager(t)
  const { ID = '' } = await manager.services.create({ ...minimal, Labels: { tier: 'front' } }, caller)
  await manager.services.create({ ...minimal, Name: 'everywhere', Mode: { Global: {} } }, caller)
  await agent.until(() => agent.running('web').length === 1 && agent.running('everywhere').length === 1)
  const names = async (filters: Record<string, string[]>): Promise<string[]> =>
    (await manager.services.list({ filters, status: false })).map(({ Spec }) => Spec.Name)
  assert.deepEqual(await names({ name: ['we'] }), ['web'])
  assert.deepEqual(await names({ mode: ['global'] }), ['everywhere'])
  assert.deepEqual(await names({ label: ['tier=front'] }), ['web'])
  assert.deepEqual(await names({ label: ['tier=back'] }), [])
  assert.equal((await manager.services.inspect(ID.slice(0, 8), plain)).Spec.Name, 'web')
  const tasks = await manager.tasks.list({ service: ['web'], 'desired-state': ['running'] })
  assert.deepEqual(
    tasks.map(({ Slot, Labels, Status }) => [Slot, Labels, Status.PortStatus]),
    [[1, {}, {}]],
  )
  assert.equal('Internal' in (tasks[0] ?? {}), false)
  assert.equal((await manager.nodes.list({ role: ['manager'] })).length, 1)
})

test('tokens are rotated one by one, and the history limit is kept', async (t) => {
  const { manager } = await openManager(t)
  const before = await manager.cluster.inspect()
  const rotate = { workerToken: true, managerToken: false, unlockKey: false }
  const Orchestration = { TaskHistoryRetentionLimit: 3 }
  await manager.cluster.update(before.Version.Index, { ...before.Spec, Orchestration }, rotate, caller)
  const after = await manager.cluster.inspect()
  assert.notEqual(after.JoinTokens.Worker, before.JoinTokens.Worker)
  assert.equal(after.JoinTokens.Manager, before.JoinTokens.Manager)
  assert.equal(after.Spec.Orchestration?.TaskHistoryRetentionLimit, 3)
})

test('tasks of the present specification can be asked for alone', async (t) => {
  const { manager, agent } = await openManager(t)
  await manager.services.create(minimal, caller)
  await agent.until(() => agent.running('web').length === 1)
  const fresh = (): Promise<string[]> =>
    manager.tasks.list({ service: ['web'], '_up-to-date': ['true'] }).then((tasks) => tasks.map(({ ID }) => ID))
  const [old] = await fresh()
  await change(manager, (spec) => {
    spec.TaskTemplate = { ...spec.TaskTemplate, ContainerSpec: { Image: 'alpine', Env: ['A=b'] } }
  })
  await agent.until(() => agent.running('web').some(({ ID }) => ID !== old))
  const now = await fresh()
  assert.equal(now.length, 1)
  assert.notEqual(now[0], old)
})

test('credentials go with the specification that they were given for, and are never told', async (t) => {
  const { manager, agent } = await openManager(t)
  const [first, second] = ['first', 'second'].map((password) => ({ username: 'a', password }))
  /** Each makes a new task; what its node is to pull with. */
  const update = async (rest: object): Promise<string | undefined> => {
    const before = agent.running('web').map(({ ID }) => ID)
    const { Spec, Version } = await manager.services.inspect('web', plain)
    const spec = structuredClone(Spec)
    spec.TaskTemplate = { ...spec.TaskTemplate, ForceUpdate: (spec.TaskTemplate?.ForceUpdate ?? 0) + 1 }
    const options = { version: Version.Index, spec, rollback: false, registryAuthFrom: 'spec' as const, ...rest }
    await manager.services.update('web', options, caller)
    const fresh = (): Task[] => agent.running('web').filter(({ ID }) => !before.includes(ID))
    await agent.until(() => fresh().length === 1)
    return fresh()[0]?.Internal.PullAuth?.password
  }
  await manager.services.create(minimal, caller, first)
  await agent.until(() => agent.running('web').length === 1)
  await assert.rejects(update({ registryAuthFrom: 'previous-spec' }), /service does not have a previous spec/)
  assert.equal(await update({ auth: second }), 'second')
  assert.equal(await update({ rollback: true }), 'first')
  assert.equal(await update({}), 'first')
  assert.equal(await update({ auth: second }), 'second')
  assert.equal(await update({ registryAuthFrom: 'previous-spec' }), 'first')
  assert.doesNotMatch(JSON.stringify(await manager.services.list({ filters: {}, status: true })), /first|second/)
  assert.doesNotMatch(JSON.stringify(await manager.tasks.list({})), /first|second/)
})
