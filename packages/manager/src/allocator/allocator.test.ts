import { test } from 'node:test'
import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ClusterNetwork, Service, Task, TaskState } from '@essaim/api-types'
import { MemoryBackend, openStore, type Store, type Tx, type View } from '../store/index.js'
import { addressesInUse } from './addresses.js'
import { overlaps, parseCidr } from './cidr.js'
import { Addresses, bare, createAllocator, NetworkNumbers } from './index.js'

const system = { name: 'system' }
const unborn = { Version: { Index: 0 }, CreatedAt: '', UpdatedAt: '' }
const moment = { now: 0, newId: () => 'unused' }
const pools = { DefaultAddrPool: ['10.0.0.0/8'], SubnetSize: 24 }

/** A network with 5 addresses beside the gateway. */
const network = (ID: string, Ingress: boolean, Subnet: string): ClusterNetwork => ({
  ID,
  ...unborn,
  Spec: { Name: ID, Ingress },
  Internal: { Vni: 1, Subnet, Gateway: Subnet.replace('.0/29', '.1') },
})

function service(ID: string, networks: string[], ports: number): Service {
  const Ports = Array.from({ length: ports }, (_, n) => ({ TargetPort: n + 1 }))
  return {
    ID,
    ...unborn,
    Spec: {
      Name: ID,
      TaskTemplate: { ContainerSpec: {}, Networks: networks.map((Target) => ({ Target })) },
      EndpointSpec: { Mode: 'vip', Ports },
    },
    Endpoint: { Spec: {} },
    Internal: { SpecVersion: 0 },
  }
}

const task = (ID: string, of: Service): Task => ({
  ID,
  ...unborn,
  Spec: of.Spec.TaskTemplate,
  ServiceID: of.ID,
  Status: { State: 'new', Timestamp: '' },
  DesiredState: 'running',
  Internal: { SpecVersion: 0, ServiceName: of.ID, ServiceLabels: {}, Ports: [], NotBefore: 0 },
})

/** Every address that somebody holds, as often as it is held. */
function held(view: View, networkId: string): string[] {
  const vips = [...view.all('service')].flatMap(({ Endpoint }) => Endpoint.VirtualIPs ?? [])
  const living = [...view.all('task')].filter(({ Status }) => ['new', 'pending', 'running'].includes(Status.State))
  const attached = living.flatMap(({ NetworksAttachments }) => NetworksAttachments ?? [])
  return [
    ...vips.filter(({ NetworkID }) => NetworkID === networkId).map(({ Addr }) => bare(Addr)),
    ...attached.filter(({ Network }) => Network.ID === networkId).flatMap(({ Addresses }) => Addresses.map(bare)),
  ]
}

function check(view: View): void {
  for (const one of view.all('network')) {
    const addresses = held(view, one.ID)
    assert.equal(new Set(addresses).size, addresses.length, 'an address is held twice')
    assert.ok(!addresses.includes(one.Internal.Gateway), 'the gateway was given away')
    assert.equal(addressesInUse(view, one).size, addresses.length + 1, 'an address is leaked or lost')
  }
  const ports = [...view.all('service')].flatMap(({ Endpoint }) => Endpoint.Ports ?? []).map((p) => p.PublishedPort)
  assert.equal(new Set(ports).size, ports.length, 'a port is given twice')
}

/** Runs the allocator over what was committed, as the loop does. */
async function allocate(store: Store, allocator = createAllocator()): Promise<void> {
  if (!allocator.dirty()) allocator.reset(store.view())
  await store.update(system, 'allocate', (tx) => allocator.run(tx, moment))
}

type Step =
  | { kind: 'service'; id: number; networks: string[]; ports: number }
  | { kind: 'tasks'; id: number; count: number }
  | { kind: 'end'; pick: number; to: TaskState }
  | { kind: 'remove'; id: number }
  | { kind: 'restart' }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('service' as const),
    id: fc.nat(3),
    networks: fc.subarray(['n1', 'n2']),
    ports: fc.nat(2),
  }),
  fc.record({ kind: fc.constant('tasks' as const), id: fc.nat(3), count: fc.nat(4) }),
  fc.record({
    kind: fc.constant('end' as const),
    pick: fc.nat(20),
    to: fc.constantFrom<TaskState>('running', 'failed', 'shutdown'),
  }),
  fc.record({ kind: fc.constant('remove' as const), id: fc.nat(3) }),
  fc.record({ kind: fc.constant('restart' as const) }),
)

let counter = 0

function apply(tx: Tx, what: Exclude<Step, { kind: 'restart' }>): void {
  switch (what.kind) {
    case 'service': {
      const next = service(`s${what.id}`, what.networks, what.ports)
      const before = tx.get('service', next.ID)
      if (before === undefined) tx.create('service', next)
      else tx.update('service', { ...before, Spec: next.Spec })
      return
    }
    case 'tasks': {
      const of = tx.get('service', `s${what.id}`)
      for (let n = 0; of !== undefined && n < what.count; n++) tx.create('task', task(`t${counter++}`, of))
      return
    }
    case 'end': {
      const all = [...tx.all('task')]
      const picked = all[what.pick % Math.max(all.length, 1)]
      if (picked !== undefined) tx.update('task', { ...picked, Status: { ...picked.Status, State: what.to } })
      return
    }
    case 'remove':
      for (const { ID } of tx.find('task', 'service', `s${what.id}`)) tx.remove('task', ID)
      tx.remove('service', `s${what.id}`)
      return
  }
}

test('whatever happens, no address or port is given twice, leaked or lost, and whoever can have one gets it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (history) => {
      const store = await openStore(new MemoryBackend())
      await store.update(system, 'networks', (tx) => {
        tx.create('network', network('ing', true, '10.0.0.0/29'))
        tx.create('network', network('n1', false, '10.0.1.0/29'))
        tx.create('network', network('n2', false, '10.0.2.0/29'))
      })
      let allocator = createAllocator()
      const abort = new AbortController()
      const changes = store.watch(abort.signal).changes[Symbol.asyncIterator]()
      for (const what of history) {
        if (what.kind === 'restart') {
          allocator = createAllocator()
          allocator.reset(store.view())
        } else {
          const before = store.view().revision
          await store.update(system, what.kind, (tx) => apply(tx, what))
          if (store.view().revision === before) continue
          for (const change of (await changes.next()).value?.changes ?? []) allocator.mark(change)
        }
        const before = store.view().revision
        if (allocator.dirty()) await store.update(system, 'allocate', (tx) => allocator.run(tx, moment))
        if (store.view().revision !== before) {
          for (const change of (await changes.next()).value?.changes ?? []) allocator.mark(change)
        }
        check(store.view())
      }
      // Nobody waits who could be served: a fresh allocator finds nothing to do.
      const revision = store.view().revision
      const fresh = createAllocator()
      fresh.reset(store.view())
      await store.update(system, 'again', (tx) => fresh.run(tx, moment))
      assert.equal(store.view().revision, revision)
      abort.abort()
    }),
    { numRuns: 150 },
  )
})

test('a task that finds no address says so, and gets one when one is given back', async () => {
  const store = await openStore(new MemoryBackend())
  const web = service('web', ['n1'], 0)
  await store.update(system, 'create', (tx) => {
    tx.create('network', network('n1', false, '10.0.1.0/29'))
    tx.create('service', web)
    for (let n = 0; n < 5; n++) tx.create('task', task(`t${n}`, web))
  })
  await allocate(store)
  const [waiting, ...others] = store.view().find('task', 'state', 'new')
  assert.equal(others.length, 0)
  assert.equal(waiting?.Status.Err, 'no address is left in network n1 (10.0.1.0/29)')
  const [ended] = store.view().find('task', 'state', 'pending')
  assert.ok(ended)
  await store.update(system, 'end', (tx) =>
    tx.update('task', { ...ended, Status: { ...ended.Status, State: 'failed' } }),
  )
  await allocate(store)
  const served = store.view().get('task', waiting.ID)
  assert.equal(served?.Status.State, 'pending')
  assert.equal(served.Status.Err, undefined)
})

test('an address that was given back is the last to be used again', async () => {
  const store = await openStore(new MemoryBackend())
  const web = service('web', ['n1'], 0)
  const allocator = createAllocator()
  const run = (write: (tx: Tx) => void): Promise<unknown> =>
    store.update(system, 'step', (tx) => {
      write(tx)
      allocator.reset(tx)
      allocator.run(tx, moment)
    })
  await run((tx) => {
    tx.create('network', network('n1', false, '10.0.1.0/29'))
    tx.create('service', web)
    tx.create('task', task('a', web))
  })
  await run((tx) => tx.remove('task', 'a'))
  await run((tx) => void tx.create('task', task('b', web)))
  assert.deepEqual(store.view().get('task', 'b')?.NetworksAttachments?.[0]?.Addresses, ['10.0.1.4/29'])
})

test('addresses stay within the range that the user gave', async () => {
  const store = await openStore(new MemoryBackend())
  const Config = [{ Subnet: '10.5.0.0/16', IPRange: '10.5.7.0/30' }]
  const ranged = { ...network('r', false, '10.5.0.0/16'), IPAMOptions: { Config } }
  const addresses = new Addresses(store.view(), new Map())
  const taken = [1, 2, 3, 4, 5].map(() => addresses.take(ranged))
  assert.deepEqual(taken, ['10.5.7.0/16', '10.5.7.1/16', '10.5.7.2/16', '10.5.7.3/16', undefined])
})

test('networks get subnets of the pools that never overlap, and VXLAN ids that are not used again at once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(fc.integer({ min: 0, max: 300 })), { maxLength: 30 }), async (wanted) => {
      const store = await openStore(new MemoryBackend())
      const numbers = new NetworkNumbers()
      for (const [n, third] of wanted.entries()) {
        const Config = third === null ? [] : [{ Subnet: `10.0.${third % 256}.0/${third > 255 ? 22 : 24}` }]
        const create = store.update(system, 'create', (tx) => {
          const Internal = numbers.next(tx, pools, { Config })
          tx.create('network', { ID: `n${n}`, ...unborn, Spec: { Name: `n${n}` }, Internal })
        })
        await create.catch((error: unknown) => assert.match(String(error), /overlaps/))
      }
      const all = [...store.view().all('network')].map(({ Internal }) => Internal)
      const subnets = all.map(({ Subnet }) => parseCidr(Subnet))
      for (const [i, a] of subnets.entries()) {
        for (const b of subnets.slice(i + 1)) assert.ok(a && b && !overlaps(a, b))
      }
      assert.equal(new Set(all.map(({ Vni }) => Vni)).size, all.length)
    }),
    { numRuns: 100 },
  )
})
