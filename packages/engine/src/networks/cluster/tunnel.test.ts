import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Endpoint, NetworkState } from '@essaim/protocol'
import type { Bridge } from '../records.js'
import { meshRules } from '../rules/mesh.js'
import { crossingsOf } from './crossing.js'
import { recordOf } from './record.js'
import { tunnelOf } from './tunnel.js'

const self = { nodeId: 'one', address: '192.0.2.1' }
const nodes = [1, 2, 4094].map((number) => ({
  nodeId: { 1: 'one', 2: 'two' }[number] ?? 'last',
  number,
  address: `192.0.2.${number % 256}`,
}))

function endpoint(nodeId: string, address: string): Endpoint {
  const nodeAddress = nodes.find((node) => node.nodeId === nodeId)?.address ?? ''
  return { taskId: address, serviceId: 'svc', names: [], nodeId, nodeAddress, address, mac: '', ready: true }
}

function state(ingress: boolean, endpoints: Endpoint[]): NetworkState {
  return {
    network: {
      ID: 'abcdefghijklmnopqrstuvwxy',
      Version: { Index: 1 },
      CreatedAt: '',
      UpdatedAt: '',
      Spec: { Name: 'net', Ingress: ingress },
      Internal: { Vni: 4099, Subnet: '10.0.9.0/24', Gateway: '10.0.9.1' },
    },
    dataPathPort: 4790,
    services: [],
    endpoints,
    nodes: ingress ? nodes : [],
  }
}

const bridgeOf = (of: NetworkState): Bridge | undefined => recordOf(of, 1450).bridge
const lines = (of: NetworkState): string[] => {
  const bridge = bridgeOf(of)
  return bridge ? [...(tunnelOf(of, bridge, self, self.address)?.entries.values() ?? [])].map(({ add }) => add) : []
}

test('a network has a tunnel once something of it is elsewhere, and says who is where', () => {
  assert.deepEqual(lines(state(false, [endpoint('one', '10.0.9.2')])), [])
  assert.deepEqual(lines(state(false, [endpoint('one', '10.0.9.2'), endpoint('two', '10.0.9.3')])), [
    'fdb replace 02:42:0a:00:09:03 dev vx-abcdefghijkl dst 192.0.2.2 self permanent',
    'fdb replace 02:42:0a:00:09:03 dev vx-abcdefghijkl master static',
    'neigh replace 10.0.9.3 lladdr 02:42:0a:00:09:03 dev vx-abcdefghijkl nud permanent',
  ])
})

test('the mesh knows every node, and a route to each task elsewhere', () => {
  const mesh = state(true, [endpoint('one', '10.0.9.2'), endpoint('last', '10.0.9.3')])
  const said = lines(mesh)
  assert.ok(said.includes('fdb replace 02:e5:00:00:0f:fe dev vx-abcdefghijkl dst 192.0.2.254 self permanent'))
  assert.ok(said.includes('route replace 10.0.9.3/32 via 169.254.15.254 dev vx-abcdefghijkl onlink src 192.0.2.1'))
  assert.equal(said.filter((line) => line.startsWith('route replace 10.')).length, 1)
})

test('marks, zones and cards tell the highest node from the others', () => {
  const mesh = state(true, [endpoint('last', '10.0.9.3')])
  const { elements } = meshRules(crossingsOf([mesh], () => recordOf(mesh, 1450), self))
  assert.deepEqual(
    [...(elements.get('marks') ?? [])],
    [
      ['02:e5:00:00:00:02', '0x10020000'],
      ['02:e5:00:00:0f:fe', '0x1ffe0000'],
    ],
  )
  assert.equal(elements.get('zones')?.get('02:e5:00:00:0f:fe'), '4094')
  assert.deepEqual([...(elements.get('home')?.keys() ?? [])], ['192.0.2.254 . 10.0.9.3'])
})

test('alone, a node has no tunnel for its mesh', () => {
  const mesh = { ...state(true, [endpoint('one', '10.0.9.2')]), nodes: nodes.slice(0, 1) }
  assert.deepEqual(lines(mesh), [])
  assert.deepEqual(
    crossingsOf([mesh], () => recordOf(mesh, 1450), self),
    [],
  )
})
