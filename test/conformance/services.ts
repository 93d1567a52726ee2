import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Api, at, unframed } from './api.js'

export async function services(t: TestContext, api: Api): Promise<void> {
  const path = '/services/conf-web'
  const container = {
    Image: 'busybox:latest',
    Command: ['sh', '-c', 'echo started; exec sleep 600'],
    StopGracePeriod: 0,
  }
  const spec = {
    Name: 'conf-web',
    Labels: { conf: 'web' },
    TaskTemplate: {
      ContainerSpec: container,
      Networks: [{ Target: 'conf-overlay', Aliases: ['web'] }],
      Resources: { Limits: { MemoryBytes: 64 * 1024 * 1024 } },
      RestartPolicy: { Condition: 'any', Delay: 0 },
    },
    Mode: { Replicated: { Replicas: 2 } },
    UpdateConfig: { Parallelism: 1, Order: 'start-first' },
    EndpointSpec: { Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: 18080 }] },
  }
  const running = async (): Promise<unknown[]> => {
    const filters = JSON.stringify({ service: ['conf-web'], 'desired-state': ['running'] })
    const tasks = (await api.ok('GET', '/tasks', { query: { filters } })) as unknown[]
    return tasks.filter((task) => at(task, 'Status', 'State') === 'running')
  }
  const untilRunning = async (count: number): Promise<unknown[]> => {
    for (const end = Date.now() + 30_000; ;) {
      const found = await running()
      if (found.length === count) return found
      assert.ok(Date.now() < end, `${count} tasks run, not ${found.length}`)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  await t.test('create, and its tasks come to run', async () => {
    const answer = await api.call('POST', '/services/create', { body: spec })
    assert.equal(answer.status, 201)
    const id = String(at(answer.json, 'ID'))
    const service = await api.ok('GET', path)
    assert.equal(at(service, 'ID'), id)
    const network = await api.ok('GET', '/networks/conf-overlay')
    assert.equal(at(service, 'Spec', 'TaskTemplate', 'Networks', 0, 'Target'), at(network, 'Id'))
    assert.equal(at(service, 'Spec', 'TaskTemplate', 'ForceUpdate'), 0)
    assert.equal(at(service, 'ServiceStatus'), undefined)
    const tasks = await untilRunning(2)
    assert.equal(at(await api.ok('GET', path), 'Endpoint', 'Ports', 0, 'PublishedPort'), 18080)
    for (const task of tasks) {
      assert.equal(at(task, 'ServiceID'), id)
      const again = await api.ok('GET', `/tasks/${String(at(task, 'ID'))}`)
      assert.deepEqual(at(again, 'Spec'), at(task, 'Spec'))
    }
    await api.refused(409, /service conf-web already exists/, 'POST', '/services/create', {
      body: { ...spec, EndpointSpec: {} },
    })
  })

  await t.test('list with filters, and with the count of tasks', async () => {
    const filters = JSON.stringify({ label: { 'conf=web': true }, mode: ['replicated'] })
    const plain = (await api.ok('GET', '/services', { query: { filters } })) as unknown[]
    assert.equal(plain.length, 1)
    assert.equal(at(plain, 0, 'ServiceStatus'), undefined)
    const counted = await api.ok('GET', '/services', { query: { filters, status: 'true' } })
    assert.equal(at(counted, 0, 'ServiceStatus', 'RunningTasks'), 2)
    assert.equal(at(counted, 0, 'ServiceStatus', 'DesiredTasks'), 2)
    const full = await api.ok('GET', path, { query: { insertDefaults: 'true' } })
    assert.notEqual(at(full, 'Spec', 'RollbackConfig'), undefined)
    assert.equal(at(await api.ok('GET', path), 'Spec', 'RollbackConfig'), undefined)
  })

  await t.test('logs of the service and of a task', async () => {
    const query = { stdout: '1', stderr: '1' }
    const logs = await api.call('GET', `${path}/logs`, { query })
    assert.equal(unframed(logs.body), 'started\nstarted\n')
    const task = String(at((await running())[0], 'ID'))
    assert.equal(unframed((await api.call('GET', `/tasks/${task}/logs`, { query })).body), 'started\n')
    const details = await api.call('GET', `${path}/logs`, { query: { ...query, details: '1', tail: '1' } })
    assert.match(
      unframed(details.body),
      /com\.docker\.swarm\.node\.id=\w+,com\.docker\.swarm\.service\.id=\w+,com\.docker\.swarm\.task\.id=\w+ started\n/,
    )
  })

  await t.test('update, refused when it is not up to date, and rolled back', async () => {
    const service = await api.ok('GET', path)
    const version = String(at(service, 'Version', 'Index'))
    const next = { ...spec, Mode: { Replicated: { Replicas: 3 } } }
    await api.ok('POST', `${path}/update`, { query: { version }, body: next })
    await untilRunning(3)
    await api.refused(500, /update out of sequence/, 'POST', `${path}/update`, { query: { version }, body: next })
    const now = await api.ok('GET', path)
    const query = { version: String(at(now, 'Version', 'Index')), rollback: 'previous' }
    await api.ok('POST', `${path}/update`, { query, body: at(now, 'Spec') as object })
    await untilRunning(2)
  })

  await t.test('a constraint that nothing meets leaves the task pending, and says why', async () => {
    const body = {
      Name: 'conf-nowhere',
      TaskTemplate: { ContainerSpec: container, Placement: { Constraints: ['node.labels.none==here'] } },
    }
    await api.ok('POST', '/services/create', { body })
    const filters = JSON.stringify({ service: ['conf-nowhere'] })
    for (const end = Date.now() + 10_000; ;) {
      const [task] = (await api.ok('GET', '/tasks', { query: { filters } })) as unknown[]
      if (String(at(task, 'Status', 'Err')).includes('no suitable node')) {
        assert.equal(at(task, 'Status', 'State'), 'pending')
        assert.match(
          String(at(task, 'Status', 'Err')),
          /no suitable node \(scheduling constraints not satisfied on 1 node\)/,
        )
        break
      }
      assert.ok(Date.now() < end, 'the task says why it waits')
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    await api.ok('DELETE', '/services/conf-nowhere')
  })

  await t.test('remove', async () => {
    assert.equal((await api.call('DELETE', path)).status, 200)
    await api.refused(404, 'service conf-web not found', 'GET', path)
    for (const end = Date.now() + 20_000; ;) {
      if ((await api.call('DELETE', '/networks/conf-overlay')).status === 204) break
      assert.ok(Date.now() < end, 'the network is free again')
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  })
}
