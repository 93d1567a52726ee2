import { ConfigSpec } from '@essaim/api-types'
import { created, empty, json } from '../../http/answer.js'
import { readSpec } from '../../http/data-body.js'
import { param, type Call } from '../../http/call.js'
import { route, type Route } from '../../http/router.js'
import type { ConfigsBackend } from './backend.js'

export function configRoutes(backend: ConfigsBackend): Route[] {
  const id = (call: Call): string => param(call, 'id')
  return [
    route('GET', '/configs', async (call) => json(await backend.list(call.query.filters()))),
    route('GET', '/configs/{id}', async (call) => json(await backend.inspect(id(call)))),
    route('POST', '/configs/create', async (call) => {
      return created(await backend.create(await readSpec(call, ConfigSpec), call.caller))
    }),
    route('POST', '/configs/{id}/update', async (call) => {
      const spec = await readSpec(call, ConfigSpec)
      await backend.update(id(call), call.query.objectVersion('config'), spec, call.caller)
      return empty(200)
    }),
    route('DELETE', '/configs/{id}', async (call) => {
      await backend.remove(id(call), call.caller)
      return empty()
    }),
  ]
}
