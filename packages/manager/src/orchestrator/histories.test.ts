import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { stateRank } from '@essaim/api-types'
import type { Service, Task } from '@essaim/api-types'
import { SimulatedCluster } from './simulation/cluster.js'

/** What can happen to a cluster. Numbers choose among what there is. */
type Event =
  | { kind: 'create'; name: string; global: boolean; replicas: number; startFirst: boolean; parallelism: number }
  | { kind: 'scale'; name: string; replicas: number }
  | { kind: 'update'; name: string; image: number }
  | { kind: 'remove'; name: string }
  | { kind: 'kill'; pick: number }
  | { kind: 'availability'; node: number; to: 'active' | 'pause' | 'drain' }
  | { kind: 'power'; node: number; on: boolean }
  | { kind: 'manager restart' }
  | { kind: 'time'; ms: number }
  | { kind: 'agents' }

const names = ['a', 'b', 'c']
const nodes = [1, 2, 3]
const second = 1e9

const event: fc.Arbitrary<Event> = fc.oneof(
  fc.record({
    kind: fc.constant('create' as const),
    name: fc.constantFrom(...names),
    global: fc.boolean(),
    replicas: fc.nat(6),
    startFirst: fc.boolean(),
    parallelism: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ kind: fc.constant('scale' as const), name: fc.constantFrom(...names), replicas: fc.nat(6) }),
  fc.record({ kind: fc.constant('update' as const), name: fc.constantFrom(...names), image: fc.nat(3) }),
  fc.record({ kind: fc.constant('remove' as const), name: fc.constantFrom(...names) }),
  fc.record({ kind: fc.constant('kill' as const), pick: fc.nat(100) }),
  fc.record({
    kind: fc.constant('availability' as const),
    node: fc.constantFrom(...nodes),
    to: fc.constantFrom('active' as const, 'pause' as const, 'drain' as const),
  }),
  fc.record({ kind: fc.constant('power' as const), node: fc.constantFrom(...nodes), on: fc.boolean() }),
  fc.record({ kind: fc.constant('manager restart' as const) }),
  fc.record({ kind: fc.constant('time' as const), ms: fc.nat(7000) }),
  fc.record({ kind: fc.constant('agents' as const) }),
  fc.record({ kind: fc.constant('agents' as const) }),
  fc.record({ kind: fc.constant('agents' as const) }),
)

async function happen(cluster: SimulatedCluster, what: Event): Promise<void> {
  const there = 'name' in what && cluster.view.get('service', what.name) !== undefined
  switch (what.kind) {
    case 'create':
      if (there) return
      return cluster.createService(what.name, {
        Mode: what.global ? { Global: {} } : { Replicated: { Replicas: what.replicas } },
        TaskTemplate: { ContainerSpec: { Image: '0' }, RestartPolicy: { Delay: second } },
        UpdateConfig: {
          Parallelism: what.parallelism,
          Monitor: second,
          FailureAction: 'continue',
          Order: what.startFirst ? 'start-first' : 'stop-first',
        },
      })
    case 'scale': {
      const Replicas = what.replicas
      if (!there || cluster.service(what.name).Spec.Mode?.Replicated === undefined) return
      return cluster.updateService(what.name, (spec) => ({ ...spec, Mode: { Replicated: { Replicas } } }))
    }
    case 'update': {
      const TaskTemplate = { ContainerSpec: { Image: String(what.image) }, RestartPolicy: { Delay: second } }
      if (there) await cluster.updateService(what.name, (spec) => ({ ...spec, TaskTemplate }))
      return
    }
    case 'remove':
      if (there) await cluster.write((tx) => tx.remove('service', what.name))
      return
    case 'kill': {
      const running = [...cluster.view.find('task', 'state', 'running')]
      const victim = running[what.pick % Math.max(running.length, 1)]
      if (victim !== undefined) cluster.agents.killed.add(victim.ID)
      return
    }
    case 'availability':
      return cluster.updateNode(`node${what.node}`, ({ Spec }) => ({ Spec: { ...Spec, Availability: what.to } }))
    case 'power':
      if (what.on) cluster.agents.down.delete(`node${what.node}`)
      else cluster.agents.down.add(`node${what.node}`)
      return cluster.updateNode(`node${what.node}`, ({ Status }) => ({
        Status: { ...Status, State: what.on ? 'ready' : 'down' },
      }))
    case 'manager restart':
      return cluster.restart()
    case 'time':
      return cluster.clock.advance(what.ms)
    case 'agents':
      await cluster.agents.step()
  }
}

/** What must hold at every moment. */
function check(cluster: SimulatedCluster): void {
  const slots = new Map<string, Task[]>()
  for (const task of cluster.view.all('task')) {
    const key = `${task.ServiceID}/${task.Slot ?? task.NodeID}`
    slots.set(key, [...(slots.get(key) ?? []), task])
  }
  for (const [key, tasks] of slots) {
    const wanted = tasks.filter(({ DesiredState }) => stateRank(DesiredState) <= stateRank('running'))
    const service = cluster.view.get('service', key.slice(0, key.indexOf('/')))
    const overlap = service?.Spec.UpdateConfig?.Order === 'start-first' ? 2 : 1
    assert.ok(wanted.length <= overlap, `${wanted.length} tasks are wanted in ${key}`)
    if (service === undefined) assert.equal(wanted.length, 0, `${key} belongs to no service`)
    const ended = tasks.filter(({ Status }) => stateRank(Status.State) > stateRank('running'))
    assert.ok(ended.length <= 5, `${ended.length} ended tasks are kept in ${key}`)
  }
  for (const service of cluster.view.all('service')) checkCounts(cluster, service)
}

function checkCounts(cluster: SimulatedCluster, service: Service): void {
  const tasks = cluster.tasks(service.ID)
  const { Order, Parallelism = 0 } = service.Spec.UpdateConfig ?? {}
  const { Update } = service.Internal
  const wanted = tasks.filter(({ DesiredState }) => stateRank(DesiredState) <= stateRank('running'))
  const coming = wanted
    .filter(({ Internal }) => Internal.Update !== undefined && Internal.Update === Update?.ID)
    .filter(({ Status }) => stateRank(Status.State) < stateRank('running'))
  assert.ok(coming.length <= Parallelism, `an update of ${Parallelism} at a time changes ${coming.length}`)
  const { Replicas } = service.Spec.Mode?.Replicated ?? {}
  if (Replicas === undefined) return
  const most = Order === 'start-first' ? 2 * Replicas : Replicas
  assert.ok(wanted.length <= most, `${wanted.length} tasks are wanted of ${Replicas}`)
}

/** What must be so once everything is well again and time has passed. */
function checkConverged(cluster: SimulatedCluster): void {
  for (const service of cluster.view.all('service')) {
    const wanted = service.Spec.Mode?.Replicated?.Replicas ?? nodes.length
    const running = cluster.running(service.ID)
    assert.equal(running.length, wanted, `${service.ID} runs`)
    const slots = new Set(running.map(({ Slot, NodeID }) => Slot ?? NodeID))
    assert.equal(slots.size, wanted)
    for (const { Spec } of running) {
      assert.equal(Spec.ContainerSpec?.Image, service.Spec.TaskTemplate.ContainerSpec?.Image)
    }
    assert.notEqual(service.UpdateStatus?.State, 'updating')
  }
  for (const { ServiceID = '' } of cluster.view.all('task')) assert.ok(cluster.view.get('service', ServiceID))
}

test('whatever happens, the cluster becomes what was asked for', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { minLength: 5, maxLength: 40 }), async (events) => {
      await using cluster = await SimulatedCluster.start(nodes.length)
      for (const what of events) {
        await happen(cluster, what)
        check(cluster)
      }
      for (const node of nodes) {
        await happen(cluster, { kind: 'power', node, on: true })
        await happen(cluster, { kind: 'availability', node, to: 'active' })
      }
      for (let i = 0; i < 60; i++) {
        await cluster.run(2000, 500)
        check(cluster)
      }
      checkConverged(cluster)
    }),
    { includeErrorInReport: true, numRuns: Number(process.env['ESSAIM_HISTORIES'] ?? 100) },
  )
})
