import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServiceSpec, Task } from '@essaim/api-types'
import { SimulatedCluster } from '../simulation/cluster.js'

const second = 1e9
const image = (Image: string): Pick<ServiceSpec, 'TaskTemplate'> => ({
  TaskTemplate: { ContainerSpec: { Image }, RestartPolicy: { Delay: 5 * second } },
})

async function running(spec: ServiceSpec, count = 4): Promise<SimulatedCluster> {
  const cluster = await SimulatedCluster.start()
  await cluster.createService('web', { Mode: { Replicated: { Replicas: count } }, ...image('one'), ...spec })
  await cluster.agents.rest()
  return cluster
}

const imageOf = (task: Task): string => task.Spec.ContainerSpec?.Image ?? ''
const images = (cluster: SimulatedCluster): string[] => cluster.running('web').map(imageOf).sort()
const status = (cluster: SimulatedCluster): string => {
  const { State, Message } = cluster.service('web').UpdateStatus ?? {}
  return `${State}: ${Message}`
}
const to = (cluster: SimulatedCluster, name: string): Promise<void> =>
  cluster.updateService('web', (spec) => ({ ...spec, ...image(name) }))

test('an update goes slot by slot, with its delay, and is complete after the monitoring time', async () => {
  await using cluster = await running({ UpdateConfig: { Parallelism: 1, Delay: 10 * second, Monitor: 3 * second } }, 3)
  await to(cluster, 'two')
  assert.equal(status(cluster), 'updating: update in progress')
  await cluster.agents.rest()
  assert.deepEqual(images(cluster), ['one', 'one', 'two'])
  await cluster.run(9_000)
  assert.deepEqual(images(cluster), ['one', 'one', 'two'])
  await cluster.run(2_000)
  assert.deepEqual(images(cluster), ['one', 'two', 'two'])
  await cluster.run(11_000)
  assert.deepEqual(images(cluster), ['two', 'two', 'two'])
  assert.equal(status(cluster), 'updating: update in progress')
  await cluster.run(4_000)
  assert.equal(status(cluster), 'completed: update completed')
  assert.ok(cluster.service('web').UpdateStatus?.CompletedAt)
})

test('stop-first: never more than the parallelism are missing, and the new one waits for the old one', async () => {
  await using cluster = await running({ UpdateConfig: { Parallelism: 2 } }, 6)
  await to(cluster, 'two')
  for (let i = 0; i < 60; i++) {
    assert.ok(cluster.running('web').length >= 4)
    const ids = cluster.running('web').map(({ Slot }) => Slot)
    assert.equal(new Set(ids).size, ids.length, 'one task a slot')
    await cluster.agents.step()
  }
  assert.deepEqual(images(cluster), Array(6).fill('two'))
})

test('start-first: no replica is missing at any time', async () => {
  await using cluster = await running({ UpdateConfig: { Parallelism: 2, Order: 'start-first' } }, 4)
  await to(cluster, 'two')
  for (let i = 0; i < 60; i++) {
    const count = cluster.running('web').length
    assert.ok(count >= 4 && count <= 6, `${count} run`)
    await cluster.run(100)
  }
  assert.deepEqual(images(cluster), Array(4).fill('two'))
})

test('start-first: the old task outlives a new one that ends at once', async () => {
  await using cluster = await running({ UpdateConfig: { Parallelism: 1, Order: 'start-first' } }, 2)
  await to(cluster, 'two')
  await cluster.agents.rest()
  assert.deepEqual(images(cluster), ['one', 'one', 'two'])
  for (const task of cluster.running('web')) if (imageOf(task) === 'two') cluster.agents.killed.add(task.ID)
  await cluster.run(1000)
  assert.deepEqual(images(cluster), ['one', 'one'])
  assert.match(status(cluster), /^paused: /)
})

test('parallelism 0 is all at once', async () => {
  await using cluster = await running({ UpdateConfig: { Parallelism: 0 } })
  await to(cluster, 'two')
  const old = cluster.tasks('web').filter((task) => imageOf(task) === 'one')
  assert.deepEqual(
    old.map(({ DesiredState }) => DesiredState),
    Array(4).fill('shutdown'),
  )
})

test('a failure pauses the update and names the task', async () => {
  await using cluster = await running({ UpdateConfig: { Parallelism: 1 } })
  cluster.agents.fates.set('bad', 'fails')
  await to(cluster, 'bad')
  await cluster.agents.rest()
  const [failed] = cluster.tasks('web').filter(({ Status }) => Status.State === 'failed')
  assert.equal(status(cluster), `paused: update paused due to failure or early termination of task ${failed?.ID}`)
  await cluster.run(30_000)
  assert.deepEqual(images(cluster), ['one', 'one', 'one'])
  await to(cluster, 'two')
  await cluster.run(30_000)
  assert.equal(status(cluster), 'completed: update completed')
  assert.deepEqual(images(cluster), Array(4).fill('two'))
})

test('a task that ends within the monitoring time is a failure, one that ends later is not', async () => {
  await using cluster = await running({ UpdateConfig: { Parallelism: 1, Monitor: 5 * second, Delay: 20 * second } }, 2)
  await to(cluster, 'two')
  await cluster.run(8_000)
  for (const task of cluster.running('web')) if (imageOf(task) === 'two') cluster.agents.killed.add(task.ID)
  await cluster.run(2_000)
  assert.equal(status(cluster), 'updating: update in progress')
  await to(cluster, 'three')
  await cluster.run(2_000)
  for (const task of cluster.running('web')) if (imageOf(task) === 'three') cluster.agents.killed.add(task.ID)
  await cluster.run(1_000)
  assert.match(status(cluster), /^paused: /)
})

test('failure action continue goes through whatever happens', async () => {
  await using cluster = await running({ UpdateConfig: { Parallelism: 1, FailureAction: 'continue' } })
  cluster.agents.fates.set('bad', 'fails')
  await to(cluster, 'bad')
  await cluster.run(30_000)
  assert.equal(status(cluster), 'completed: update completed')
})

test('the ratio of failures decides', async () => {
  await using cluster = await running({ UpdateConfig: { Parallelism: 4, MaxFailureRatio: 0.5 } })
  await to(cluster, 'two')
  await cluster.agents.rest()
  const [one, two, three] = cluster.running('web')
  for (const task of [one, two]) cluster.agents.killed.add(task?.ID ?? '')
  await cluster.agents.step()
  assert.equal(status(cluster), 'updating: update in progress')
  assert.equal(cluster.service('web').Internal.Update?.Failed.length, 2)
  cluster.agents.killed.add(three?.ID ?? '')
  await cluster.agents.step()
  assert.match(status(cluster), /^paused: /)
})

test('failure action rollback brings back the previous specification', async () => {
  const UpdateConfig = { Parallelism: 2, FailureAction: 'rollback' } as const
  await using cluster = await running({ UpdateConfig, RollbackConfig: { Parallelism: 0 } })
  cluster.agents.fates.set('bad', 'fails')
  await to(cluster, 'bad')
  for (let i = 0; i < 20 && status(cluster).startsWith('updating'); i++) await cluster.agents.step()
  assert.match(status(cluster), /^rollback_started: update rolled back due to failure or early termination of task id/)
  assert.equal(cluster.service('web').PreviousSpec, undefined)
  await cluster.run(30_000)
  assert.equal(status(cluster), 'rollback_completed: rollback completed')
  assert.deepEqual(images(cluster), Array(4).fill('one'))
})

test('a rollback that fails is paused', async () => {
  const UpdateConfig = { Parallelism: 0, FailureAction: 'rollback' } as const
  await using cluster = await running({ UpdateConfig })
  for (const name of ['one', 'bad']) cluster.agents.fates.set(name, 'fails')
  await to(cluster, 'bad')
  await cluster.run(30_000)
  assert.match(status(cluster), /^rollback_paused: update paused due to failure or early termination of task id/)
})

test('a new specification in the middle starts the update anew', async () => {
  await using cluster = await running({ UpdateConfig: { Parallelism: 1, Delay: 2 * second } })
  await to(cluster, 'two')
  await cluster.run(3_000)
  await to(cluster, 'three')
  await cluster.run(40_000)
  assert.equal(status(cluster), 'completed: update completed')
  assert.deepEqual(images(cluster), Array(4).fill('three'))
})

test('an update goes on after a restart of the manager at any step', async () => {
  for (let at = 1; at < 25; at++) {
    await using cluster = await running({ UpdateConfig: { Parallelism: 2, Monitor: 1 * second } }, 3)
    await to(cluster, 'two')
    for (let i = 0; i < at; i++) await cluster.agents.step()
    await cluster.restart()
    await cluster.run(10_000)
    assert.equal(status(cluster), 'completed: update completed', `restarted at step ${at}`)
    assert.deepEqual(images(cluster), Array(3).fill('two'))
    assert.equal(cluster.tasks('web').length, 6)
  }
})

test('a change that concerns no task is no update', async () => {
  await using cluster = await running({})
  await cluster.updateService('web', (spec) => ({ ...spec, Labels: { a: 'b' } }))
  await cluster.agents.rest()
  assert.equal(cluster.service('web').UpdateStatus, undefined)
  assert.equal(cluster.tasks('web').length, 4)
})

test('a global service is updated node by node', async () => {
  await using cluster = await SimulatedCluster.start(3)
  await cluster.createService('web', { Mode: { Global: {} }, ...image('one'), UpdateConfig: { Parallelism: 1 } })
  await cluster.agents.rest()
  await to(cluster, 'two')
  for (let i = 0; i < 40; i++) {
    assert.ok(cluster.running('web').length >= 2)
    await cluster.agents.step()
  }
  await cluster.run(6_000)
  assert.deepEqual(images(cluster), Array(3).fill('two'))
  assert.equal(status(cluster), 'completed: update completed')
})
