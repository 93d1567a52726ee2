import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Task, TaskSpec } from '@essaim/api-types'
import { SimulatedCluster } from '../simulation/cluster.js'

const second = 1e9
const policy = (RestartPolicy: TaskSpec['RestartPolicy']): { TaskTemplate: TaskSpec } => ({
  TaskTemplate: { ContainerSpec: { Image: 'app' }, RestartPolicy },
})
const live = (tasks: readonly Task[]): Task[] =>
  tasks.filter(({ DesiredState }) => DesiredState === 'running' || DesiredState === 'ready')

async function started(spec: ReturnType<typeof policy>): Promise<SimulatedCluster> {
  const cluster = await SimulatedCluster.start()
  await cluster.createService('web', spec)
  await cluster.agents.rest()
  return cluster
}

function kill(cluster: SimulatedCluster): void {
  for (const { ID } of cluster.running('web')) cluster.agents.killed.add(ID)
}

test('with no delay the successor is assigned in the write that answers the failure, with no timer', async () => {
  await using cluster = await started(policy({ Delay: 0 }))
  const before = cluster.view.revision
  kill(cluster)
  await cluster.agents.step()
  assert.equal(cluster.view.revision, before + 2)
  const [successor] = live(cluster.tasks('web'))
  assert.equal(successor?.Status.State, 'assigned')
  assert.equal(successor.DesiredState, 'running')
  assert.equal(successor.Slot, 1)
})

test('a successor is made ready while it waits, and starts when the delay is over', async () => {
  await using cluster = await started(policy({ Delay: 2 * second }))
  kill(cluster)
  await cluster.agents.rest()
  const [waiting] = live(cluster.tasks('web'))
  assert.equal(`${waiting?.Status.State} ${waiting?.DesiredState}`, 'ready ready')
  await cluster.clock.advance(1999)
  assert.equal(live(cluster.tasks('web'))[0]?.DesiredState, 'ready')
  await cluster.clock.advance(1)
  assert.equal(live(cluster.tasks('web'))[0]?.DesiredState, 'running')
})

test('the delay goes on where it was after the manager was restarted', async () => {
  await using cluster = await started(policy({ Delay: 2 * second }))
  kill(cluster)
  await cluster.agents.rest()
  await cluster.clock.advance(1500)
  await cluster.restart()
  await cluster.clock.advance(499)
  assert.equal(live(cluster.tasks('web'))[0]?.DesiredState, 'ready')
  await cluster.clock.advance(1)
  assert.equal(live(cluster.tasks('web'))[0]?.DesiredState, 'running')
})

test('a successor that fails while it waits does not shorten the delay', async () => {
  await using cluster = await started(policy({ Delay: 2 * second }))
  cluster.agents.fates.set('app', 'is rejected')
  kill(cluster)
  await cluster.agents.rest()
  assert.equal(cluster.tasks('web').length, 2)
  await cluster.clock.advance(2000)
  await cluster.agents.rest()
  assert.equal(cluster.tasks('web').length, 3)
})

test('condition none: nothing follows, and nothing follows a restart of the manager either', async () => {
  await using cluster = await started(policy({ Condition: 'none' }))
  kill(cluster)
  await cluster.agents.rest()
  await cluster.clock.advance(20_000)
  await cluster.restart()
  assert.deepEqual(
    cluster.tasks('web').map(({ Status, DesiredState }) => `${Status.State} ${DesiredState}`),
    ['failed shutdown'],
  )
})

test('condition on-failure: a failure is followed, a completion is not', async () => {
  await using cluster = await started(policy({ Condition: 'on-failure', Delay: 0 }))
  kill(cluster)
  await cluster.agents.rest()
  assert.equal(cluster.running('web').length, 1)
  cluster.agents.fates.set('app', 'completes')
  await cluster.agents.rest()
  assert.equal(live(cluster.tasks('web')).length, 0)
  assert.equal(cluster.tasks('web').length, 2)
})

test('attempts are limited per slot, and count anew with a new specification', async () => {
  await using cluster = await SimulatedCluster.start()
  cluster.agents.fates.set('app', 'fails')
  await cluster.createService('web', policy({ Delay: 0, MaxAttempts: 3 }))
  await cluster.agents.rest(200)
  assert.equal(cluster.tasks('web').length, 4)
  await cluster.updateService('web', (spec) => ({ ...spec, TaskTemplate: { ...spec.TaskTemplate, ForceUpdate: 1 } }))
  await cluster.agents.rest(200)
  const fresh = cluster.tasks('web').filter(({ Spec }) => Spec.ForceUpdate === 1)
  assert.equal(fresh.length, 4)
})

test('attempts are forgotten outside of the window', async () => {
  await using cluster = await started(policy({ Delay: 0, MaxAttempts: 2, Window: 10 * second }))
  for (let i = 0; i < 4; i++) {
    kill(cluster)
    await cluster.agents.rest()
    assert.equal(cluster.running('web').length, 1, `restart ${i + 1}`)
    await cluster.clock.advance(6000)
  }
  kill(cluster)
  await cluster.agents.rest()
  kill(cluster)
  await cluster.agents.rest()
  assert.equal(cluster.running('web').length, 0)
})

test('a successor waits for the end of what it replaces, at most a minute', async () => {
  await using cluster = await started(policy({ Delay: 0 }))
  cluster.agents.down.add('node1')
  await cluster.updateService('web', (spec) => ({ ...spec, TaskTemplate: { ...spec.TaskTemplate, ForceUpdate: 1 } }))
  await cluster.clock.advance(59_999)
  assert.deepEqual(
    live(cluster.tasks('web')).map(({ DesiredState }) => DesiredState),
    ['ready'],
  )
  await cluster.clock.advance(1)
  assert.deepEqual(
    live(cluster.tasks('web')).map(({ DesiredState }) => DesiredState),
    ['running'],
  )
})
