import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import type { Endpoint, NetworkState } from '@essaim/protocol'
import { formatAddress } from '../ipam/address.js'
import { idOf, isHost, Lab, outside, runAsHost } from '../lab/lab.js'

const self = { nodeId: 'here', address: outside.host }
const count = 2000
const base = 0x0a010000n
const addressOf = (index: number): string => formatAddress({ family: 4, value: base + BigInt(index) + 10n })

function endpoint(index: number): Endpoint {
  const nodeAddress = `10.209.0.${100 + (index % 50)}`
  const common = { taskId: `task${index}`, serviceId: 'svc', names: [`web.${index}`], ready: true, mac: '' }
  return { ...common, nodeId: nodeAddress, nodeAddress, address: addressOf(index) }
}

function state(id: string, endpoints: Endpoint[], ingress = false): NetworkState {
  const nodes = [...new Set(endpoints.map(({ nodeId }) => nodeId))].map((nodeId, index) => ({
    nodeId,
    number: index + 2,
    address: nodeId,
  }))
  return {
    network: {
      ID: id,
      Version: { Index: 1 },
      CreatedAt: '2026-01-01T00:00:00Z',
      UpdatedAt: '2026-01-01T00:00:00Z',
      Spec: { Name: id, Ingress: ingress },
      Internal: { Vni: ingress ? 4096 : 4097, Subnet: '10.1.0.0/16', Gateway: '10.1.0.1' },
    },
    dataPathPort: 4789,
    services: [{ serviceId: 'svc', name: 'web', aliases: [], mode: 'vip', vip: '10.1.255.2', ports: [] }],
    endpoints,
    nodes: ingress ? [{ nodeId: 'here', number: 1, address: self.address }, ...nodes] : [],
  }
}

const lines = (program: string, ...words: string[]): string[] =>
  execFileSync(program, words, { encoding: 'utf8', maxBuffer: 64 << 20 }).split('\n')

/** Of the tunnel: nodes and bridge ports known by card, and neighbours. */
function told(device: string): { remote: number; ports: number; neighbours: number } {
  const entries = lines('bridge', 'fdb', 'show', 'dev', device)
  return {
    remote: entries.filter((line) => line.includes(' dst ')).length,
    ports: entries.filter((line) => line.includes(' master ') && line.includes('static')).length,
    neighbours: lines('ip', 'neigh', 'show', 'dev', device, 'nud', 'permanent').filter((line) => line !== '').length,
  }
}

if (!isHost) test('a large network, on a host of its own', () => void runAsHost(import.meta.filename))
else {
  describe(`a network with ${count} endpoints on other hosts`, () => {
    const lab = new Lab()
    const id = 'large0000000000000000000a'
    const device = 'vx-large0000000'
    const all = Array.from({ length: count }, (_, index) => endpoint(index))
    const apply = (endpoints: Endpoint[]): Promise<void> => lab.networks.cluster.apply([state(id, endpoints)], self)

    before(() => lab.open())
    after(() => lab[Symbol.asyncDispose]())

    test('each is known to the kernel', async () => {
      await apply(all)
      assert.deepEqual(told(device), { remote: count, ports: count, neighbours: count })
    })

    test('what moves, comes and goes is changed, and nothing else', async () => {
      const [first, second, ...rest] = all
      assert.ok(first && second)
      const moved = { ...first, nodeId: '10.209.0.200', nodeAddress: '10.209.0.200' }
      await apply([moved, ...rest, endpoint(count)])
      assert.deepEqual(told(device), { remote: count, ports: count, neighbours: count })
      const found = lines('bridge', 'fdb', 'show', 'dev', device).filter((line) => line.includes(' dst 10.209.0.200 '))
      assert.equal(found.length, 1)
      assert.equal(lines('ip', 'neigh', 'show', 'to', second.address).filter((line) => line !== '').length, 0)
    })

    test('a restart finds it, and takes back what it was not told of', async () => {
      await lab.close()
      execFileSync('bridge', [
        'fdb',
        'add',
        '02:42:0a:01:77:77',
        'dev',
        device,
        'dst',
        '10.209.0.9',
        'self',
        'permanent',
      ])
      const index = lines('ip', '-o', 'link', 'show', 'dev', device)[0]?.split(':')[0]
      await lab.open()
      await apply(all)
      assert.deepEqual(told(device), { remote: count, ports: count, neighbours: count })
      assert.equal(lines('ip', '-o', 'link', 'show', 'dev', device)[0]?.split(':')[0], index, 'the device is the same')
    })

    test('a container on it balances over all of them', async () => {
      await lab.run('asker', { networkMode: id, endpoints: { [id]: { IPAMConfig: { IPv4Address: '10.1.200.1' } } } })
      await apply(all.slice(0, count - 1))
      await lab.endAgents()
      await lab.networks.sandboxes.close(idOf('asker'))
    })

    test('with the network all is gone', async () => {
      await lab.networks.cluster.remove(id)
      assert.doesNotMatch(lines('ip', 'link', 'show').join('\n'), /vx-|br-large/)
    })
  })
}
