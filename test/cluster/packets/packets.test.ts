import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { docker, eventually, type TestHost } from '@essaim/testing'
import { PacketLab, type Asker } from './lab.js'

const isRoot = process.getuid?.() === 0

/** Requests a second from outside, on every host by turn. The long version has more of them (`npm run test:load`). */
const rate = Number(process.env['ESSAIM_LOAD'] ?? 60)

describe('packets between hosts', { skip: isRoot ? false : 'only root makes hosts' }, () => {
  let lab: PacketLab
  const host = (n: number): TestHost => lab.hosts.hosts[n - 1] ?? assert.fail(`there is no host ${n}`)

  const onManager = (...words: string[]): Promise<string> => docker(lab.manager, ...words)

  const withoutFailure = async (work: () => Promise<void>): Promise<void> => {
    const { done, failed } = await lab.underLoad(rate, work)
    assert.deepEqual(failed, [], `${failed.length} of ${done + failed.length} requests failed`)
    assert.ok(done > 0)
  }

  /** Who answered, and what client each saw: name to addresses. */
  const seen = async (from: Asker, protocol: 'tcp' | 'udp', address: string, port = 8080, count = 6) => {
    const answers = await from.ask<string[]>({ do: protocol, host: address, port, count })
    const by: Record<string, string[]> = {}
    for (const answer of answers) {
      const [name = '', client = ''] = answer.split(' ')
      by[name] = [...new Set([...(by[name] ?? []), client])]
    }
    return by
  }

  before(async () => {
    lab = await PacketLab.start('packets', 133, 3)
    await docker(lab.manager, 'network', 'create', '-d', 'overlay', '--attachable', 'back')
    await lab.service('web', 3, '--network', 'back', '--update-parallelism', '2')
  })
  after(() => lab[Symbol.asyncDispose]())

  test('a task sees the client outside through every host, wherever it runs, over TCP and UDP', async () => {
    const client = lab.hosts.client.address
    for (const protocol of ['tcp', 'udp'] as const) {
      for (const address of lab.addresses) {
        const by = await seen(lab.client, protocol, address)
        assert.equal(Object.keys(by).length, 3, `${protocol} ${address}: ${JSON.stringify(by)}`)
        for (const clients of Object.values(by)) assert.deepEqual(clients, [client], `${protocol} ${address}`)
      }
    }
  })

  test('a host reaches every task by its own port and by the others’, localhost too', async () => {
    for (const from of lab.hosts.hosts) {
      const asker = lab.on(from)
      for (const address of ['127.0.0.1', ...lab.addresses]) {
        const by = await seen(asker, 'tcp', address, 8080, 3)
        assert.equal(Object.keys(by).length, 3, `${from.hostname} to ${address}: ${JSON.stringify(by)}`)
        const elsewhere = Object.entries(by).filter(([name]) => !name.startsWith(`${from.hostname}-`))
        for (const [name, clients] of elsewhere) assert.deepEqual(clients, [from.address], `${name} through ${address}`)
      }
    }
  })

  test('a thousand connections are spread evenly', async () => {
    const answers = await lab.client.ask<string[]>({ do: 'tcp', host: host(2).address, port: 8080, count: 1000 })
    const counts: Record<string, number> = {}
    for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1
    assert.equal(Object.keys(counts).length, 3)
    for (const count of Object.values(counts)) assert.ok(Math.abs(count - 1000 / 3) <= (0.05 * 1000) / 3, `${count}`)
  })

  test('containers of an attachable network reach tasks and one another across hosts, by name and by address', async () => {
    const [two, three] = [await lab.container(host(2), 'two', 'back'), await lab.container(host(3), 'three', 'back')]
    const [own] = await three.ask<string[]>({ do: 'resolve', name: 'two' })
    const tasks = await two.ask<string[]>({ do: 'resolve', name: 'tasks.web' })
    assert.equal(tasks.length, 3)
    for (const protocol of ['tcp', 'udp'] as const) {
      for (const task of tasks) assert.deepEqual(Object.values(await seen(two, protocol, task, 80, 1)), [[own]])
      const [vip = ''] = await two.ask<string[]>({ do: 'resolve', name: 'web' })
      const by = await seen(two, protocol, vip, 80, 3)
      assert.deepEqual(Object.values(by), [[own], [own], [own]], `${protocol} ${JSON.stringify(by)}`)
    }
    await docker(host(2), 'rm', '-f', 'two')
    await eventually('its name is gone elsewhere', async () => {
      const found = await three.ask({ do: 'resolve', name: 'two' }).catch((error: Error) => error.message)
      return typeof found === 'string' || String(found)
    })
    await docker(host(3), 'rm', '-f', 'three')
  })

  test('a name never leads to a task that was killed, and the one in its place is found', async () => {
    const asker = await lab.container(host(2), 'asker', 'back')
    const earlier = await asker.ask<string[]>({ do: 'resolve', name: 'tasks.web' })
    const [id = ''] = (await docker(host(3), 'ps', '-q', '--filter', 'label=com.docker.swarm.service.name=web')).split(
      '\n',
    )
    await docker(host(3), 'kill', id)
    await eventually('another task is in its place', async () => {
      const now = await asker.ask<string[]>({ do: 'resolve', name: 'tasks.web' })
      return (now.length === 3 && now.some((address) => !earlier.includes(address))) || now.join(' ')
    })
    await docker(host(2), 'rm', '-f', 'asker')
  })

  test('under load a rolling update fails no request', () =>
    withoutFailure(async () => {
      await onManager('service', 'update', '-d', '--env-add', 'VERSION=2', 'web')
      await eventually('the update is completed', async () => {
        const state = await onManager('service', 'inspect', 'web', '--format', '{{.UpdateStatus.State}}')
        return state === 'completed' || state
      })
    }))

  test('nor does scaling up and down', () =>
    withoutFailure(async () => {
      await onManager('service', 'scale', '-d', 'web=7')
      await lab.running('web', 7)
      await onManager('service', 'scale', '-d', 'web=3')
      await lab.running('web', 3)
    }))

  test('nor the drain of a host', () =>
    withoutFailure(async () => {
      await onManager('node', 'update', '--availability', 'drain', 'host3')
      await eventually('nothing runs there', async () => (await docker(host(3), 'ps', '-q')) === '')
      await lab.running('web', 3)
      await onManager('node', 'update', '--availability', 'active', 'host3')
    }))

  test('nor the kill and start of a worker’s daemon, nor of the manager’s', () =>
    withoutFailure(async () => {
      for (const one of [host(2), host(1)]) {
        await one.daemon.down('SIGKILL')
        await one.daemon.up()
      }
      await eventually('all are ready again', async () => {
        const states = await onManager('node', 'ls', '--format', '{{.Status}}')
        return states === 'Ready\nReady\nReady' || states
      })
      await lab.running('web', 3)
    }))

  test('a host without power takes its own address and its tasks with it, and only until the others know', async (t) => {
    let [killed, settled] = [0, 0]
    const lost = host(3).address
    await onManager('service', 'scale', '-d', 'web=6')
    await lab.running('web', 6)
    await lab.spread(lost, 6)
    assert.notEqual(await docker(host(3), 'ps', '-q'), '', 'a task runs there')
    const { failed } = await lab.underLoad(rate, async () => {
      killed = Date.now()
      await host(3).powerOff()
      await eventually('the host is down', async () => {
        const states = await onManager('node', 'ls', '--format', '{{.Hostname}} {{.Status}}')
        return states.includes('host3 Down') || states
      })
      await eventually('all tasks run elsewhere', async () => {
        const format = '{{.Node}} {{.CurrentState}}'
        const states = await onManager('service', 'ps', 'web', '-f', 'desired-state=running', '--format', format)
        const running = states.split('\n').filter((line) => / Running /.test(line) && !line.startsWith('host3'))
        return running.length === 6 || states
      })
      settled = Date.now()
      await sleep(2000)
    })
    const elsewhere = failed.filter((one) => one.host !== lost)
    const last = Math.max(killed, ...elsewhere.map(({ began }) => began))
    t.diagnostic(
      `${elsewhere.length} requests to other hosts failed, the last begun ${last - killed} ms after the kill`,
    )
    assert.deepEqual(
      elsewhere.filter(({ began }) => began > settled),
      [],
    )
    await host(3).powerOn()
    await eventually('it is a node again', async () => {
      const states = await onManager('node', 'ls', '--format', '{{.Hostname}} {{.Status}}')
      return states.includes('host3 Ready') || states
    })
    await lab.spread(lost, 6)
  })
})
