import { test } from 'node:test'
import assert from 'node:assert/strict'
import { silentLogger } from '@essaim/base'
import type { ServiceSpec } from '@essaim/api-types'
import { publishEvents } from './events.js'
import { caller, nodeId, openManager } from './manager.fixture.js'

test("what users see change is an event, with Docker's attributes; what the manager notes for itself is none", async (t) => {
  const { manager, agent } = await openManager(t)
  const { services, nodes, secrets } = manager
  const events: string[] = []
  const stop = new AbortController()
  const published = publishEvents(
    manager.store,
    (type, action, _id, attributes) => events.push(`${type} ${action} ${JSON.stringify(attributes)}`),
    stop.signal,
    silentLogger,
  )
  const spec: ServiceSpec = { Name: 'web', TaskTemplate: { ContainerSpec: { Image: 'a' } } }
  await services.create({ ...spec, EndpointSpec: { Ports: [{ TargetPort: 80 }] } }, caller)
  await agent.until(() => agent.running('web').length === 1)
  const { Version } = await services.inspect('web', { insertDefaults: false })
  const scaled = { ...spec, Mode: { Replicated: { Replicas: 2 } } }
  const update = { version: Version.Index, spec: scaled, rollback: false, registryAuthFrom: 'spec' as const }
  await services.update('web', update, caller)
  await secrets.create({ Name: 'pw', Data: 'eA==' }, caller)
  const node = await nodes.inspect(nodeId)
  await nodes.update(nodeId, node.Version.Index, { Role: 'manager', Availability: 'pause' }, caller)
  await services.remove('web', caller)
  await agent.until(() => events.some((event) => event.startsWith('service remove')))
  stop.abort()
  await published
  const told = events.filter((event) => !event.includes('updatestate'))
  assert.deepEqual(told, [
    'service create {"name":"web"}',
    'service update {"name":"web","replicas.new":"2","replicas.old":"1"}',
    'secret create {"name":"pw"}',
    'node update {"name":"host","availability.new":"pause","availability.old":"active"}',
    'service remove {"name":"web"}',
  ])
})
