import { SwarmInitRequest, SwarmJoinRequest, SwarmSpec, SwarmUnlockRequest } from '@essaim/api-types'
import { empty, json, type Answer } from '../../http/answer.js'
import { readBody } from '../../http/body.js'
import type { Call } from '../../http/call.js'
import { route, type Route } from '../../http/router.js'
import type { SwarmBackend } from './backend.js'

export function swarmRoutes(backend: SwarmBackend): Route[] {
  return [
    route('GET', '/swarm', async () => json(await backend.inspect())),
    route('GET', '/swarm/unlockkey', async () => json({ UnlockKey: await backend.unlockKey() })),
    route('POST', '/swarm/init', async (call) => {
      return json(await backend.init(await readBody(call, SwarmInitRequest), call.caller))
    }),
    route('POST', '/swarm/join', async (call) => {
      await backend.join(await readBody(call, SwarmJoinRequest), call.caller)
      return empty(200)
    }),
    route('POST', '/swarm/leave', async (call) => {
      await backend.leave({ force: call.query.flag('force') }, call.caller)
      return empty(200)
    }),
    route('POST', '/swarm/update', (call) => update(backend, call)),
    route('POST', '/swarm/unlock', async (call) => {
      await backend.unlock((await readBody(call, SwarmUnlockRequest)).UnlockKey ?? '')
      return empty(200)
    }),
  ]
}

async function update(backend: SwarmBackend, call: Call): Promise<Answer> {
  const spec = await readBody(call, SwarmSpec)
  const { query } = call
  const rotate = {
    workerToken: query.strictFlag('rotateWorkerToken') ?? false,
    managerToken: query.strictFlag('rotateManagerToken') ?? false,
    unlockKey: query.strictFlag('rotateManagerUnlockKey') ?? false,
  }
  await backend.update(query.objectVersion('swarm'), spec, rotate, call.caller)
  return empty(200)
}
