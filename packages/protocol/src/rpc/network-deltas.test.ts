import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AssignmentsMessage, Endpoint, NetworkService, NetworkState } from '../assignments.js'
import { fromParts, PartWriter } from './assignment-parts.js'
import type { AssignmentsPart } from './messages.js'

const network = (ID: string): NetworkState['network'] => ({
  ID,
  Version: { Index: 1 },
  CreatedAt: '',
  UpdatedAt: '',
  Spec: { Name: ID },
  Internal: { Vni: 1, Subnet: '', Gateway: '' },
})

const endpoint = (taskId: string, address: string, ready: boolean): Endpoint => ({
  taskId,
  serviceId: 's',
  names: [taskId],
  nodeId: 'n',
  nodeAddress: '',
  address,
  mac: '',
  ready,
})

const message = (state: NetworkState, n: number): AssignmentsMessage => ({
  type: n === 0 ? 'complete' : 'incremental',
  appliesTo: String(n),
  resultsIn: String(n + 1),
  changes: [{ action: 'update', item: { kind: 'network', state } }],
})

/** What comes out at the other end, and what went over the wire. */
async function sent(states: NetworkState[]): Promise<{ received: NetworkState[]; parts: AssignmentsPart[] }> {
  const writer = new PartWriter()
  const parts = states.flatMap((state, n) => [...writer.parts(message(state, n))])
  async function* wire(): AsyncGenerator<AssignmentsPart> {
    for (const part of parts) yield await Promise.resolve(part)
  }
  const received: NetworkState[] = []
  for await (const { changes } of fromParts(wire())) {
    for (const change of changes) {
      if (change.action === 'update' && change.item.kind === 'network') received.push(change.item.state)
    }
  }
  return { received, parts }
}

const sorted = ({ endpoints, ...rest }: NetworkState): NetworkState => ({
  ...rest,
  endpoints: endpoints.toSorted((a, b) => (a.taskId < b.taskId ? -1 : 1)),
})

test('whatever happens to a network, its whole state comes out at the other end', async () => {
  const service = fc.record({ serviceId: fc.constantFrom('a', 'b'), name: fc.constantFrom('x', 'y') })
  const states = fc.array(
    fc.record({
      tasks: fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.boolean()), { selector: ([id]) => id }),
      services: fc.array(service, { maxLength: 2 }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  await fc.assert(
    fc.asyncProperty(states, async (history) => {
      const whole = history.map(({ tasks, services }) => ({
        network: network('net'),
        dataPathPort: 4789,
        nodes: tasks.map(([id]) => ({ nodeId: `n${id}`, number: id + 1, address: '' })),
        services: services.map((one): NetworkService => ({ ...one, aliases: [], mode: 'dnsrr', ports: [] })),
        endpoints: tasks.map(([id, ready]) => endpoint(`t${id}`, `10.0.0.${id}`, ready)),
      }))
      const { received } = await sent(whole)
      assert.deepEqual(received.map(sorted), whole.map(sorted))
    }),
    { numRuns: 200 },
  )
})

test('one endpoint of 2,000 that changes costs its own bytes', async () => {
  const endpoints = Array.from({ length: 2000 }, (_, n) => endpoint(`task${n}`, `10.0.${n >> 8}.${n & 255}`, true))
  const [first, ...rest] = endpoints
  assert.ok(first)
  const before = { network: network('net'), dataPathPort: 4789, nodes: [], services: [], endpoints }
  const { received, parts } = await sent([before, { ...before, endpoints: [{ ...first, ready: false }, ...rest] }])
  assert.equal(received[1]?.endpoints.length, 2000)
  assert.equal(received[1]?.endpoints.find(({ taskId }) => taskId === 'task0')?.ready, false)
  const last = parts.at(-1)?.changes[0]
  assert.ok(last && last.object.length < 400, `${last?.object.length} bytes`)
})

test('what a later version added is left out', async () => {
  const none = Buffer.alloc(0)
  async function* wire(): AsyncGenerator<AssignmentsPart> {
    yield await Promise.resolve({
      type: 'complete',
      appliesTo: '',
      resultsIn: '1',
      changes: [
        { action: 'update', kind: 'volume', id: '', object: Buffer.from('{}') },
        { action: 'remove', kind: 'volume', id: 'v', object: none },
        { action: 'remove', kind: 'task', id: 't', object: none },
      ],
      more: false,
    })
  }
  const changes: unknown[] = []
  for await (const told of fromParts(wire())) changes.push(...told.changes)
  assert.deepEqual(changes, [{ action: 'remove', kind: 'task', id: 't' }])
})
