import type { TestContext } from 'node:test'
import type { Api } from './api.js'
import { makeMistakes } from './refusals.js'

const notManager =
  'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.'

/** Every call of the cluster answers 503 while there is none. */
const calls: [method: string, path: string, body?: object][] = [
  ['GET', '/swarm'],
  ['GET', '/swarm/unlockkey'],
  ['POST', '/swarm/update', {}],
  ['GET', '/services'],
  ['GET', '/services/x'],
  ['DELETE', '/services/x'],
  ['POST', '/services/create', { Name: 'x', TaskTemplate: { ContainerSpec: { Image: 'busybox' } } }],
  ['POST', '/services/x/update', {}],
  ['GET', '/services/x/logs'],
  ['GET', '/tasks/x/logs'],
  ['POST', '/secrets/x/update', {}],
  ['POST', '/configs/x/update', {}],
  ['GET', '/tasks'],
  ['GET', '/tasks/x'],
  ['GET', '/nodes'],
  ['GET', '/nodes/x'],
  ['DELETE', '/nodes/x'],
  ['POST', '/nodes/x/update', { Role: 'manager', Availability: 'active' }],
  ['GET', '/secrets'],
  ['GET', '/secrets/x'],
  ['POST', '/secrets/create', { Name: 'x', Data: 'eA==' }],
  ['DELETE', '/secrets/x'],
  ['GET', '/configs'],
  ['GET', '/configs/x'],
  ['POST', '/configs/create', { Name: 'x', Data: 'eA==' }],
  ['DELETE', '/configs/x'],
]

export async function outsideSwarm(t: TestContext, api: Api): Promise<void> {
  for (const [method, path, body] of calls) {
    await t.test(`${method} ${path}`, () => {
      return api.refused(503, notManager, method, path, {
        body,
        query: { version: '1', stdout: '1' },
      })
    })
  }
  await t.test('init with what cannot be', (inner) => makeMistakes(inner, api, 'init'))
  await t.test('leaving', () => api.refused(503, 'This node is not part of a swarm', 'POST', '/swarm/leave'))
}
