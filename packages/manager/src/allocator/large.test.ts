import { test } from 'node:test'
import assert from 'node:assert/strict'
import type { Node, Service, Task } from '@essaim/api-types'
import { MemoryBackend, openStore } from '../store/index.js'
import { bare, createAllocator, NetworkNumbers, parseCidr } from './index.js'
import { overlaps } from './cidr.js'
import { freeNodeNumber } from './node-number.js'

const system = { name: 'system' }
const unborn = { Version: { Index: 0 }, CreatedAt: '', UpdatedAt: '' }
const moment = { now: 0, newId: () => 'unused' }
const pools = { DefaultAddrPool: ['10.0.0.0/8'], SubnetSize: 24 }

test('300 networks have 300 subnets and VXLAN ids', async () => {
  const store = await openStore(new MemoryBackend())
  const numbers = new NetworkNumbers()
  await store.update(system, 'networks', (tx) => {
    for (let index = 0; index < 300; index++) {
      tx.create('network', {
        ID: `n${index}`,
        ...unborn,
        Spec: { Name: `n${index}` },
        Internal: numbers.next(tx, pools, {}),
      })
    }
  })
  const made = [...store.view().all('network')].map(({ Internal }) => Internal)
  assert.equal(new Set(made.map(({ Vni }) => Vni)).size, 300)
  const subnets = made.flatMap(({ Subnet }) => parseCidr(Subnet) ?? [])
  assert.equal(subnets.length, 300)
  subnets.forEach((one, index) => assert.ok(!subnets.slice(index + 1).some((other) => overlaps(one, other))))
})

test('2,000 tasks of one network have 2,000 addresses, in one write, and give them all back', async () => {
  const store = await openStore(new MemoryBackend())
  const allocator = createAllocator()
  const service: Service = {
    ID: 'web',
    ...unborn,
    Spec: {
      Name: 'web',
      TaskTemplate: { ContainerSpec: {}, Networks: [{ Target: 'large' }] },
      EndpointSpec: { Mode: 'vip' },
    },
    Endpoint: { Spec: {} },
    Internal: { SpecVersion: 0 },
  }
  const task = (index: number): Task => ({
    ID: `t${index}`,
    ...unborn,
    Spec: service.Spec.TaskTemplate,
    ServiceID: 'web',
    Status: { State: 'new', Timestamp: '' },
    DesiredState: 'running',
    Internal: { SpecVersion: 0, ServiceName: 'web', ServiceLabels: {}, Ports: [], NotBefore: 0 },
  })
  await store.update(system, 'large', (tx) => {
    const Internal = { Vni: 4096, Subnet: '10.1.0.0/21', Gateway: '10.1.0.1' }
    tx.create('network', { ID: 'large', ...unborn, Spec: { Name: 'large' }, Internal })
    tx.create('service', service)
    for (let index = 0; index < 2000; index++) tx.create('task', task(index))
  })
  for (let round = 0; round < 2; round++) {
    allocator.reset(store.view())
    await store.update(system, 'allocate', (tx) => allocator.run(tx, moment))
    const tasks = [...store.view().all('task')]
    const given = tasks.flatMap(({ NetworksAttachments }) => NetworksAttachments ?? []).flatMap((one) => one.Addresses)
    assert.equal(new Set(given.map(bare)).size, 2000)
    // 2,000 others find room only when the first gave back all: the subnet holds 2,046.
    await store.update(system, 'replace', (tx) => {
      for (const { ID } of tasks) {
        tx.remove('task', ID)
        tx.create('task', { ...task(0), ID: `${ID}x` })
      }
    })
  }
})

test('nodes are numbered upwards; the number of one that left is given again only when the highest is in use', async () => {
  const store = await openStore(new MemoryBackend())
  const node = (ID: string, Number?: number): Node => ({
    ID,
    ...unborn,
    Spec: {},
    Description: {},
    Status: {},
    ...(Number !== undefined && { Internal: { Number } }),
  })
  await store.update(system, 'nodes', (tx) => {
    tx.create('node', node('a'))
    tx.create('node', node('b'))
    tx.create('node', node('gone'))
  })
  const allocator = createAllocator()
  allocator.reset(store.view())
  await store.update(system, 'allocate', (tx) => allocator.run(tx, moment))
  const numbers = [...store.view().all('node')].map(({ Internal }) => Internal?.Number)
  assert.deepEqual(new Set(numbers), new Set([1, 2, 3]))
  await store.update(system, 'leave', (tx) => tx.remove('node', 'a'))
  assert.equal(freeNodeNumber(store.view()), 4)
  await store.update(system, 'last', (tx) => tx.create('node', node('last', 4094)))
  assert.equal(freeNodeNumber(store.view()), 1)
})
