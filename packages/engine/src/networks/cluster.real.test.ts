import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { EndpointPortConfig } from '@essaim/api-types'
import type { NetworkState } from '@essaim/protocol'
import { Agent, idOf, isHost, Lab, outside, requestOf, runAsHost } from './lab/lab.js'

/** A service of the tests with its tasks: name, address on the overlay and on ingress, readiness. */
interface Task {
  name: string
  host: number
  ready: boolean
}

const overlayId = 'overlay00000000000000000a'
const ingressId = 'ingress00000000000000000b'

function state(id: string, subnet: string, ingress: boolean, tasks: Task[]): NetworkState {
  const prefix = subnet.slice(0, subnet.lastIndexOf('.'))
  const mode = 'vip'
  const ports: EndpointPortConfig[] = ingress
    ? (['tcp', 'udp'].map((Protocol) => ({
        Protocol,
        TargetPort: 80,
        PublishedPort: 8080,
        PublishMode: 'ingress',
      })) as EndpointPortConfig[])
    : []
  const time = '2026-01-01T00:00:00.000000000Z'
  return {
    network: {
      ID: id,
      Version: { Index: 1 },
      CreatedAt: time,
      UpdatedAt: time,
      Spec: { Name: ingress ? 'ingress' : 'back', Ingress: ingress },
      Internal: { Vni: 4097, Subnet: subnet, Gateway: `${prefix}.1` },
    },
    dataPathPort: 4789,
    nodes: [],
    services: [{ serviceId: 'svc', name: 'web', aliases: ['www'], mode, vip: `${prefix}.2`, ports }],
    endpoints: tasks.map((task) => ({
      taskId: task.name,
      serviceId: task.name.startsWith('task') ? 'svc' : '',
      names: [task.name],
      nodeId: 'node',
      nodeAddress: outside.host,
      address: `${prefix}.${task.host}`,
      mac: '',
      ready: task.ready,
    })),
  }
}

if (!isHost) test('cluster networks, on a host of their own', () => void runAsHost(import.meta.filename))
else {
  describe('cluster networks within one host', () => {
    const lab = new Lab()
    let outsider: Agent
    let host: Agent
    let asker: Agent
    const tasks: Task[] = [
      { name: 'task1', host: 11, ready: true },
      { name: 'task2', host: 12, ready: true },
      { name: 'task3', host: 13, ready: false },
      { name: 'asker', host: 20, ready: true },
    ]
    const apply = (): Promise<void> =>
      lab.networks.cluster.apply(
        [
          state(overlayId, '10.0.1.0/24', false, tasks),
          state(
            ingressId,
            '10.0.0.0/24',
            true,
            tasks.filter((task) => task.name.startsWith('task')),
          ),
        ],
        { nodeId: 'node', address: outside.host },
      )
    const runTask = ({ name, host: number }: Task, ingress: boolean): Promise<Agent> => {
      const at = (prefix: string) => ({ IPAMConfig: { IPv4Address: `${prefix}.${number}` } })
      const endpoints = { [overlayId]: at('10.0.1'), ...(ingress ? { [ingressId]: at('10.0.0') } : {}) }
      return lab.run(name, { networkMode: overlayId, endpoints })
    }
    const spread = async (
      agent: Agent,
      address: string,
      port: number,
      count: number,
    ): Promise<Record<string, number>> => {
      const answers = (await agent.ask({ do: 'tcp', host: address, port, count })) as string[]
      const by: Record<string, number> = {}
      for (const answer of answers) by[answer] = (by[answer] ?? 0) + 1
      return by
    }

    before(async () => {
      await lab.open()
      await apply()
      outsider = lab.track(Agent.client())
      host = lab.track(new Agent())
      for (const task of tasks) {
        const agent = await runTask(task, task.name !== 'asker')
        if (task.name === 'asker') asker = agent
      }
    })
    after(() => lab[Symbol.asyncDispose]())

    test('a service’s name leads to its address, which spreads evenly over ready tasks with the client’s address kept', async () => {
      for (const name of ['web', 'www', 'web.back']) {
        assert.deepEqual(await asker.ask({ do: 'resolve', name, type: 'A' }), ['10.0.1.2'], name)
      }
      const found = (await asker.ask({ do: 'resolve', name: 'tasks.web', type: 'A' })) as string[]
      assert.deepEqual(found.sort(), ['10.0.1.11', '10.0.1.12'])
      assert.deepEqual(await spread(asker, '10.0.1.2', 80, 10), { 'task1 10.0.1.20': 5, 'task2 10.0.1.20': 5 })
      assert.match(String(await asker.ask({ do: 'udp', host: '10.0.1.2', port: 80 })), /^task[12] 10\.0\.1\.20$/)
    })

    test('the mesh keeps the client’s address for TCP and UDP, and answers on the host itself', async () => {
      const client = outside.client
      const seen = await spread(outsider, outside.host, 8080, 10)
      assert.deepEqual(seen, { [`task1 ${client}`]: 5, [`task2 ${client}`]: 5 })
      assert.match(
        String(await outsider.ask({ do: 'udp', host: outside.host, port: 8080 })),
        /^task[12] 10\.209\.0\.2$/,
      )
      for (const address of ['127.0.0.1', '::1', outside.host]) {
        assert.match(String(await host.ask({ do: 'tcp', host: address, port: 8080 })), /^task[12] /, address)
      }
    })

    test('a task on the overlay alone has its own way out', async () => {
      await outsider.ask({ do: 'serve', port: 9000, name: 'outside' })
      assert.equal(await asker.ask({ do: 'tcp', host: outside.client, port: 9000 }), `outside ${outside.host}`)
      const networks = lab.networks.sandboxes.settings(idOf('asker'))?.Networks
      assert.deepEqual(Object.keys(networks ?? {}), ['back'])
    })

    test('the last task elsewhere takes the tunnel with it, and one that gets its address here is reached', async () => {
      const device = (): boolean => execFileSync('ip', ['-o', 'link']).includes('vx-overlay00000:')
      const moved = { name: 'moved', host: 30, ready: true }
      const there = state(overlayId, '10.0.1.0/24', false, [...tasks, moved])
      const endpoints = there.endpoints.map((one) =>
        one.taskId === 'moved' ? { ...one, nodeId: 'other', nodeAddress: '192.0.2.1' } : one,
      )
      const self = { nodeId: 'node', address: outside.host }
      await lab.networks.cluster.apply([{ ...there, endpoints }], self)
      assert.ok(device())
      await lab.networks.cluster.apply([there], self)
      assert.ok(!device())
      await runTask(moved, false)
      assert.equal(await asker.ask({ do: 'tcp', host: '10.0.1.30', port: 80 }), 'moved 10.0.1.20')
      await apply()
    })

    test('a drained task gets no new connection and keeps its old ones; a task that becomes ready takes its part', async () => {
      const holders: Agent[] = []
      for (let index = 0; index < 2; index++) {
        const holder = lab.track(Agent.client())
        await holder.ask({ do: 'hold', host: outside.host, port: 8080 })
        holders.push(holder)
      }
      await asker.ask({ do: 'hold', host: '10.0.1.2', port: 80 })
      for (const agent of [asker, outsider]) {
        const target = agent === asker ? { host: '10.0.1.2', port: 80 } : { host: outside.host, port: 8080 }
        const seen = String(await agent.ask({ do: 'flow', ...target }))
        assert.equal(await agent.ask({ do: 'flow', ...target }), seen, 'a UDP flow stays with its task')
      }
      await lab.networks.cluster.drain('task1')
      assert.match(String(await asker.ask({ do: 'flow', host: '10.0.1.2', port: 80 })), /^task2 /)
      assert.match(String(await outsider.ask({ do: 'flow', host: outside.host, port: 8080 })), /^task2 /)
      assert.deepEqual(Object.keys(await spread(outsider, outside.host, 8080, 6)), [`task2 ${outside.client}`])
      assert.deepEqual(Object.keys(await spread(asker, '10.0.1.2', 80, 6)), ['task2 10.0.1.20'])
      assert.deepEqual(await asker.ask({ do: 'resolve', name: 'tasks.web', type: 'A' }), ['10.0.1.12'])
      for (const holder of holders) assert.match(String(await holder.ask({ do: 'use' })), /^task[12] /)
      assert.match(String(await asker.ask({ do: 'use' })), /^task[12] /)
      for (const task of tasks) if (task.name === 'task3') task.ready = true
      await apply()
      assert.deepEqual(Object.keys(await spread(asker, '10.0.1.2', 80, 6)).sort(), [
        'task2 10.0.1.20',
        'task3 10.0.1.20',
      ])
    })

    test('a port of the mesh is refused to a container', async () => {
      const wish = requestOf('clash', { portBindings: { '80/tcp': [{ HostPort: '8080' }] } })
      await assert.rejects(
        lab.networks.sandboxes.open(wish),
        /Bind for 0\.0\.0\.0:8080 failed: port is already allocated$/,
      )
    })

    test('service addresses and mesh outlive the process that made them', async () => {
      await asker.ask({ do: 'hold', host: '10.0.1.2', port: 80 })
      await lab.close()
      assert.equal(Object.values(await spread(asker, '10.0.1.2', 80, 6)).length, 2)
      assert.equal(Object.values(await spread(outsider, outside.host, 8080, 6)).length, 2)
      await lab.open()
      await lab.networks.sandboxes.adopt(tasks.map((task) => idOf(task.name)))
      assert.match(String(await asker.ask({ do: 'use' })), /^task/)
      assert.deepEqual(await asker.ask({ do: 'resolve', name: 'web', type: 'A' }), ['10.0.1.2'])
      assert.equal(Object.values(await spread(asker, '10.0.1.2', 80, 6)).length, 2)
    })

    test('with no task at all a connection is refused; with one about to come it waits', async () => {
      for (const task of tasks) if (task.name !== 'asker') task.ready = false
      await apply()
      const waiting = asker.ask({ do: 'tcp', host: '10.0.1.2', port: 80 })
      await new Promise((resolve) => setTimeout(resolve, 200))
      for (const task of tasks) task.ready = true
      await apply()
      assert.match(String(await waiting), /^task/)
      tasks.splice(0, tasks.length, ...tasks.filter((task) => task.name === 'asker'))
      await apply()
      await assert.rejects(asker.ask({ do: 'tcp', host: '10.0.1.2', port: 80 }), /ECONNREFUSED/)
      await assert.rejects(outsider.ask({ do: 'tcp', host: outside.host, port: 8080 }), /ECONNREFUSED/)
    })

    test('removal leaves nothing', async () => {
      await lab.endAgents()
      const { sandboxes, cluster } = lab.networks
      for (const name of ['task1', 'task2', 'task3', 'asker', 'moved']) await sandboxes.close(idOf(name))
      for (const id of cluster.list()) await cluster.remove(id)
      assert.deepEqual((await lab.networks.list({})).map((network) => network.Name ?? '').sort(), [
        'bridge',
        'host',
        'none',
      ])
      const links = (): string => execFileSync('ip', ['link', 'show'], { encoding: 'utf8' })
      // The kernel takes a namespace's interfaces away after it, in its own time.
      for (let tries = 0; tries < 200 && /veth|br-|gwbridge/.test(links()); tries++) await sleep(100)
      assert.doesNotMatch(links(), /veth|br-|gwbridge/)
      assert.doesNotMatch(execFileSync('nft', ['list', 'table', 'ip', 'essaim'], { encoding: 'utf8' }), /mesh_|: goto/)
    })
  })
}
