import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Service, Task } from '@essaim/api-types'
import { SimulatedCluster } from './simulation/cluster.js'

const states = (tasks: readonly Task[]): string[] =>
  tasks.map(({ Status, DesiredState }) => `${Status.State}/${DesiredState}`).sort()
const nodesOf = (tasks: readonly Task[]): string[] => tasks.map(({ NodeID = '' }) => NodeID).sort()
const slotsOf = (tasks: readonly Task[]): number[] => tasks.map(({ Slot = 0 }) => Slot).sort((a, b) => a - b)
const replicas = (Replicas: number): { Mode: Service['Spec']['Mode'] } => ({ Mode: { Replicated: { Replicas } } })

test('a new service is placed in a single write', async () => {
  await using cluster = await SimulatedCluster.start(2)
  const before = cluster.view.revision
  await cluster.createService('web', replicas(4))
  assert.equal(cluster.view.revision, before + 2)
  assert.deepEqual(states(cluster.tasks('web')), Array(4).fill('assigned/running'))
  assert.deepEqual(slotsOf(cluster.tasks('web')), [1, 2, 3, 4])
  const nodes = cluster.tasks('web').map(({ NodeID }) => NodeID)
  assert.equal(nodes.filter((node) => node === 'node1').length, 2)
})

test('scaling fills the lowest free slots and empties the highest; removed tasks are forgotten once they have ended', async () => {
  await using cluster = await SimulatedCluster.start()
  await cluster.createService('web', replicas(3))
  await cluster.agents.rest()
  await cluster.updateService('web', (spec) => ({ ...spec, ...replicas(5) }))
  await cluster.agents.rest()
  assert.equal(cluster.running('web').length, 5)
  assert.equal(cluster.service('web').UpdateStatus, undefined)
  await cluster.updateService('web', (spec) => ({ ...spec, ...replicas(2) }))
  assert.deepEqual(states(cluster.tasks('web')), [
    ...Array<string>(3).fill('running/remove'),
    'running/running',
    'running/running',
  ])
  await cluster.agents.rest()
  assert.deepEqual(slotsOf(cluster.tasks('web')), [1, 2])
})

test('scaling down takes from the nodes with the most tasks, and what does not run first', async () => {
  await using cluster = await SimulatedCluster.start(2)
  await cluster.updateNode('node2', ({ Spec }) => ({ Spec: { ...Spec, Availability: 'pause' } }))
  await cluster.createService('web', replicas(3))
  await cluster.updateNode('node2', ({ Spec }) => ({ Spec: { ...Spec, Availability: 'active' } }))
  await cluster.updateService('web', (spec) => ({ ...spec, ...replicas(4) }))
  await cluster.agents.rest()
  assert.deepEqual(
    cluster
      .running('web')
      .filter(({ NodeID }) => NodeID === 'node2')
      .map(({ Slot }) => Slot),
    [4],
  )
  await cluster.updateService('web', (spec) => ({ ...spec, ...replicas(2) }))
  await cluster.agents.rest()
  assert.deepEqual(slotsOf(cluster.running('web')), [1, 4])
})

test('the tasks of a removed service end and are forgotten', async () => {
  await using cluster = await SimulatedCluster.start()
  await cluster.createService('web', replicas(3))
  await cluster.agents.rest()
  await cluster.write((tx) => tx.remove('service', 'web'))
  assert.deepEqual(states(cluster.tasks('web')), Array(3).fill('running/remove'))
  await cluster.agents.rest()
  assert.deepEqual(cluster.tasks('web'), [])
})

test('a drained node loses its tasks to others, a paused one keeps them', async () => {
  await using cluster = await SimulatedCluster.start(2)
  await cluster.createService('web', replicas(4))
  await cluster.agents.rest()
  await cluster.updateNode('node1', ({ Spec }) => ({ Spec: { ...Spec, Availability: 'pause' } }))
  assert.equal(cluster.running('web').length, 4)
  await cluster.updateNode('node1', ({ Spec }) => ({ Spec: { ...Spec, Availability: 'drain' } }))
  await cluster.run(1000)
  assert.deepEqual(
    cluster.running('web').map(({ NodeID }) => NodeID),
    Array(4).fill('node2'),
  )
})

test('tasks of a node that is down are made anew elsewhere without waiting for their end', async () => {
  await using cluster = await SimulatedCluster.start(2)
  await cluster.createService('web', { ...replicas(2), TaskTemplate: { RestartPolicy: { Delay: 0 } } })
  await cluster.agents.rest()
  cluster.agents.down.add('node1')
  await cluster.updateNode('node1', () => ({ Status: { State: 'down' } }))
  await cluster.agents.rest()
  const wanted = cluster.tasks('web').filter(({ DesiredState }) => DesiredState === 'running')
  assert.deepEqual(
    wanted.map(({ NodeID, Status }) => `${NodeID} ${Status.State}`),
    ['node2 running', 'node2 running'],
  )
})

test('a global service runs once on every node that meets its constraints', async () => {
  await using cluster = await SimulatedCluster.start(3)
  const Placement = { Constraints: ['node.labels.zone!=b'] }
  await cluster.createService('log', { Mode: { Global: {} }, TaskTemplate: { Placement, RestartPolicy: { Delay: 0 } } })
  await cluster.agents.rest()
  assert.deepEqual(nodesOf(cluster.running('log')), ['node1', 'node2', 'node3'])
  await cluster.updateNode('node2', ({ Spec }) => ({ Spec: { ...Spec, Labels: { zone: 'b' } } }))
  await cluster.agents.rest()
  assert.deepEqual(nodesOf(cluster.running('log')), ['node1', 'node3'])
  await cluster.updateNode('node2', ({ Spec }) => ({ Spec: { ...Spec, Labels: {} } }))
  await cluster.agents.rest()
  assert.equal(cluster.running('log').length, 3)
  await cluster.updateNode('node3', ({ Spec }) => ({ Spec: { ...Spec, Availability: 'drain' } }))
  await cluster.agents.rest()
  assert.deepEqual(nodesOf(cluster.running('log')), ['node1', 'node2'])
})

test('a node that stops meeting a constraint has its tasks rejected', async () => {
  await using cluster = await SimulatedCluster.start(1)
  await cluster.updateNode('node1', ({ Spec }) => ({ Spec: { ...Spec, Labels: { disk: 'ssd' } } }))
  const TaskTemplate = { Placement: { Constraints: ['node.labels.disk==ssd'] }, RestartPolicy: { Delay: 0 } }
  await cluster.createService('db', { TaskTemplate })
  await cluster.agents.rest()
  await cluster.updateNode('node1', ({ Spec }) => ({ Spec: { ...Spec, Labels: {} } }))
  const [rejected] = cluster.tasks('db').filter(({ Status }) => Status.State === 'rejected')
  assert.equal(rejected?.Status.Err, 'assigned node no longer meets constraints')
  const [waiting] = cluster.tasks('db').filter(({ Status }) => Status.State === 'pending')
  assert.equal(waiting?.Status.Err, 'no suitable node (scheduling constraints not satisfied on 1 node)')
})

test('a replicated job runs to its number of completions, so many at a time', async () => {
  await using cluster = await SimulatedCluster.start()
  cluster.agents.fates.set('app', 'completes')
  await cluster.createService('job', { Mode: { ReplicatedJob: { MaxConcurrent: 2, TotalCompletions: 5 } } })
  assert.equal(cluster.tasks('job').length, 2)
  for (let i = 0; i < 30; i++) {
    await cluster.agents.step()
    const active = cluster.tasks('job').filter(({ Status }) => Status.State !== 'complete')
    assert.ok(active.length <= 2)
  }
  assert.deepEqual(states(cluster.tasks('job')), Array(5).fill('complete/complete'))
})

test('a global job runs once a node, and again when it is asked to', async () => {
  await using cluster = await SimulatedCluster.start(2)
  cluster.agents.fates.set('app', 'completes')
  await cluster.createService('job', { Mode: { GlobalJob: {} } })
  await cluster.agents.rest()
  assert.deepEqual(states(cluster.tasks('job')), Array(2).fill('complete/complete'))
  await cluster.write((tx) => {
    const service = tx.get('service', 'job') as Service
    tx.update('service', { ...service, JobStatus: { JobIteration: { Index: 7 } } })
  })
  await cluster.agents.rest()
  assert.deepEqual(states(cluster.tasks('job')), Array(2).fill('complete/complete'))
  assert.deepEqual(
    cluster.tasks('job').map(({ JobIteration }) => JobIteration?.Index),
    [7, 7],
  )
})

test('the journal tells why', async () => {
  await using cluster = await SimulatedCluster.start()
  await cluster.createService('web', replicas(2))
  const last = cluster.store.journal().at(-1)
  assert.match(last?.reason ?? '', /the service lacks a replica \(2 times\).*2 placed/)
})

test('the history of a slot is limited, and its newest task is never forgotten', async () => {
  await using cluster = await SimulatedCluster.start()
  cluster.agents.fates.set('app', 'fails')
  await cluster.createService('web', { TaskTemplate: { ContainerSpec: { Image: 'app' }, RestartPolicy: { Delay: 0 } } })
  for (let i = 0; i < 60; i++) {
    await cluster.agents.step()
    assert.ok(cluster.tasks('web').length <= 5)
  }
  assert.equal(cluster.tasks('web').length, 5)
})
