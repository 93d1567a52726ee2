import { SecretSpec } from '@essaim/api-types'
import { created, empty, json } from '../../http/answer.js'
import { readSpec } from '../../http/data-body.js'
import { param, type Call } from '../../http/call.js'
import { route, type Route } from '../../http/router.js'
import type { SecretsBackend } from './backend.js'

export function secretRoutes(backend: SecretsBackend): Route[] {
  const id = (call: Call): string => param(call, 'id')
  return [
    route('GET', '/secrets', async (call) => json(await backend.list(call.query.filters()))),
    route('GET', '/secrets/{id}', async (call) => json(await backend.inspect(id(call)))),
    route('POST', '/secrets/create', async (call) => {
      return created(await backend.create(await readSpec(call, SecretSpec), call.caller))
    }),
    route('POST', '/secrets/{id}/update', async (call) => {
      const spec = await readSpec(call, SecretSpec)
      await backend.update(id(call), call.query.objectVersion('secret'), spec, call.caller)
      return empty(200)
    }),
    route('DELETE', '/secrets/{id}', async (call) => {
      await backend.remove(id(call), call.caller)
      return empty()
    }),
  ]
}
