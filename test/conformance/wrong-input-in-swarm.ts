import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Api, at } from './api.js'
import { makeMistakes } from './refusals.js'

/** Mistakes that clients make in a swarm, with one object of each noun there, named as the noun. */
export async function wrongInputInSwarm(t: TestContext, api: Api): Promise<void> {
  const TaskTemplate = { ContainerSpec: { Image: 'alpine' }, Placement: { Constraints: ['node.labels.none==here'] } }
  const EndpointSpec = { Ports: [{ Protocol: 'tcp', TargetPort: 80, PublishedPort: 18089 }] }
  await api.ok('POST', '/networks/create', { body: { Name: 'overlay', Driver: 'overlay' } })
  await api.ok('POST', '/networks/create', { body: { Name: 'local' } })
  await api.ok('POST', '/secrets/create', { body: { Name: 'secret', Data: 'eA==' } })
  await api.ok('POST', '/configs/create', { body: { Name: 'config', Data: 'eA==' } })
  await api.ok('POST', '/services/create', { body: { Name: 'service', TaskTemplate, EndpointSpec } })

  await makeMistakes(t, api, 'swarm')

  await t.test('a port that another service has', async () => {
    const taken = /port '18089' is already in use by service 'service' \(\w{25}\) as an ingress port$/
    await api.refused(400, taken, 'POST', '/services/create', { body: { Name: 'x', TaskTemplate, EndpointSpec } })
  })

  await t.test('what is in use is not removed', async () => {
    await api.refused(
      400,
      /FailedPrecondition desc = ingress network cannot be removed because service/,
      'DELETE',
      '/networks/ingress',
    )
    const service = await api.ok('GET', '/services/service')
    const query = { version: String(at(service, 'Version', 'Index')), rollback: 'previous' }
    const none = /does not have a previous spec$/
    await api.refused(400, none, 'POST', '/services/service/update', { query, body: at(service, 'Spec') as object })
  })

  await api.ok('DELETE', '/services/service')
  for (const path of ['/secrets/secret', '/configs/config', '/networks/overlay', '/networks/local']) {
    assert.equal((await api.call('DELETE', path)).status, 204)
  }
}
