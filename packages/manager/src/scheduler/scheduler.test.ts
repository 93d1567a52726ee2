import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Node, ServiceSpec, Task, TaskSpec } from '@essaim/api-types'
import { SimulatedCluster } from '../orchestrator/simulation/cluster.js'

const template = (TaskTemplate: TaskSpec, Replicas = 1): ServiceSpec => ({
  Mode: { Replicated: { Replicas } },
  TaskTemplate: { ContainerSpec: { Image: 'app' }, ...TaskTemplate },
})
const reserve = (NanoCPUs: number): TaskSpec => ({ Resources: { Reservations: { NanoCPUs } } })

async function errorsOf(cluster: SimulatedCluster, spec: ServiceSpec): Promise<string[]> {
  await cluster.createService('web', spec)
  return [...new Set(cluster.tasks('web').map(({ Status }) => Status.Err ?? Status.State))]
}

function perNode(tasks: readonly Task[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { NodeID = 'none' } of tasks) counts[NodeID] = (counts[NodeID] ?? 0) + 1
  return counts
}

const label = (cluster: SimulatedCluster, node: string, Labels: Record<string, string>): Promise<void> =>
  cluster.updateNode(node, ({ Spec }) => ({ Spec: { ...Spec, Labels } }))
const available = (
  cluster: SimulatedCluster,
  node: string,
  Availability: Node['Spec']['Availability'],
): Promise<void> => cluster.updateNode(node, ({ Spec }) => ({ Spec: { ...Spec, Availability } }))

test("each rule says why it refuses, in swarmkit's words", async () => {
  const port = { Protocol: 'tcp', TargetPort: 80, PublishedPort: 8080, PublishMode: 'host' } as const
  const cases: [ServiceSpec, string][] = [
    [template({ Placement: { Constraints: ['node.role==worker'] } }), 'scheduling constraints not satisfied on 1 node'],
    [template(reserve(5e9)), 'insufficient resources on 1 node'],
    [template({ Resources: { Reservations: { MemoryBytes: 8e9 } } }), 'insufficient resources on 1 node'],
    [template({ Placement: { Platforms: [{ OS: 'windows' }] } }), 'unsupported platform on 1 node'],
    [{ ...template({}, 2), EndpointSpec: { Ports: [port] } }, 'host-mode port already in use on 1 node'],
    [template({ Placement: { MaxReplicas: 1 } }, 2), 'max replicas per node limit exceed'],
    [template({ LogDriver: { Name: 'gelf' } }), 'missing plugin on 1 node'],
  ]
  for (const [spec, why] of cases) {
    await using cluster = await SimulatedCluster.start(1)
    const Plugins = [{ Type: 'Log', Name: 'json-file' }]
    const platform = { OS: 'linux', Architecture: 'x86_64' }
    await cluster.updateNode('node1', ({ Description }) => ({
      Description: { ...Description, Engine: { Plugins }, Platform: platform },
    }))
    const errors = await errorsOf(cluster, spec)
    assert.equal(errors.at(-1), `no suitable node (${why})`)
  }
})

test('reasons are counted per node, the commonest first', async () => {
  await using cluster = await SimulatedCluster.start(4)
  await available(cluster, 'node1', 'drain')
  assert.deepEqual(await errorsOf(cluster, template(reserve(5e9))), [
    'no suitable node (insufficient resources on 3 nodes; 1 node not available for new tasks)',
  ])
})

test('with no node at all there is no reason to give', async () => {
  await using cluster = await SimulatedCluster.start(0)
  assert.deepEqual(await errorsOf(cluster, template({})), ['no suitable node'])
})

test('what fitted nowhere is placed when a node changes', async () => {
  await using cluster = await SimulatedCluster.start(1)
  await errorsOf(cluster, template({ Placement: { Constraints: ['node.labels.disk == SSD'] } }))
  await label(cluster, 'node1', { disk: 'ssd' })
  const [task] = cluster.tasks('web')
  assert.equal(task?.Status.State, 'assigned')
  assert.equal(task.Status.Err, undefined)
})

test('what fitted nowhere is placed when something else ends', async () => {
  await using cluster = await SimulatedCluster.start(1)
  await cluster.createService('first', template(reserve(3e9)))
  await cluster.agents.rest()
  assert.deepEqual(await errorsOf(cluster, template(reserve(2e9))), [
    'no suitable node (insufficient resources on 1 node)',
  ])
  await cluster.write((tx) => tx.remove('service', 'first'))
  await cluster.agents.rest()
  assert.equal(cluster.running('web').length, 1)
})

test("tasks spread: first by the service's own, then by all", async () => {
  await using cluster = await SimulatedCluster.start(3)
  await cluster.createService('other', template({ Placement: { Constraints: ['node.id==node1'] } }, 3))
  await cluster.createService('web', template({}, 4))
  const counts = perNode(cluster.tasks('web'))
  assert.equal(counts['node1'], 1)
  assert.deepEqual(
    [counts['node2'], counts['node3']].sort((a, b) => Number(a) - Number(b)),
    [1, 2],
  )
})

test('tasks spread evenly over the values of a preference', async () => {
  await using cluster = await SimulatedCluster.start(4)
  for (const node of ['node1', 'node2', 'node3']) await label(cluster, node, { zone: 'a' })
  await label(cluster, 'node4', { zone: 'b' })
  const Preferences = [{ Spread: { SpreadDescriptor: 'node.labels.zone' } }]
  await cluster.createService('web', template({ Placement: { Preferences } }, 6))
  assert.deepEqual(perNode(cluster.tasks('web')), { node1: 1, node2: 1, node3: 1, node4: 3 })
})

test('reservations fill nodes up and no further', async () => {
  await using cluster = await SimulatedCluster.start(2)
  await cluster.createService('web', template(reserve(1.5e9), 6))
  const counts = perNode(cluster.tasks('web'))
  assert.deepEqual(counts, { node1: 2, node2: 2, none: 2 })
})

test('user-defined resources are given out by name', async () => {
  await using cluster = await SimulatedCluster.start(1)
  const GenericResources = ['a', 'b'].map((Value) => ({ NamedResourceSpec: { Kind: 'gpu', Value } }))
  await cluster.updateNode('node1', ({ Description }) => ({
    Description: { ...Description, Resources: { ...Description.Resources, GenericResources } },
  }))
  const wanted = [{ DiscreteResourceSpec: { Kind: 'gpu', Value: 1 } }]
  await cluster.createService('web', template({ Resources: { Reservations: { GenericResources: wanted } } }, 3))
  const given = cluster.tasks('web').map(({ AssignedGenericResources }) => JSON.stringify(AssignedGenericResources))
  assert.equal(new Set(given).size, 3)
  assert.equal(cluster.tasks('web').filter(({ Status }) => Status.State === 'pending').length, 1)
})

test('a node on which a service keeps failing comes last', async () => {
  await using cluster = await SimulatedCluster.start(2)
  cluster.agents.fates.set('app', 'fails')
  await available(cluster, 'node2', 'pause')
  await cluster.createService('web', template({ RestartPolicy: { Delay: 0 } }))
  for (let i = 0; i < 30; i++) await cluster.agents.step()
  await available(cluster, 'node2', 'active')
  for (let i = 0; i < 5; i++) await cluster.agents.step()
  const newest = cluster.tasks('web').find(({ DesiredState }) => DesiredState === 'running')
  assert.equal(newest?.NodeID, 'node2')
})

test('a task that is no longer wanted before it had a node is over at once', async () => {
  await using cluster = await SimulatedCluster.start(1)
  await errorsOf(cluster, template({ Placement: { Constraints: ['node.role==worker'] } }))
  await cluster.updateService('web', (spec) => ({ ...spec, ...template({}) }))
  await cluster.agents.rest()
  const states = cluster.tasks('web').map(({ Status }) => Status.State)
  assert.deepEqual(states, ['shutdown', 'running'])
})

test('a global task says why its node cannot take it, without a choice of nodes', async () => {
  await using cluster = await SimulatedCluster.start(1)
  await cluster.createService('web', { ...template(reserve(5e9)), Mode: { Global: {} } })
  assert.deepEqual(
    cluster.tasks('web').map(({ Status }) => Status.Err),
    ['insufficient resources on 1 node'],
  )
})
