import { NodeSpec } from '@essaim/api-types'
import { empty, json } from '../../http/answer.js'
import { readBody } from '../../http/body.js'
import { param, type Call } from '../../http/call.js'
import { route, type Route } from '../../http/router.js'
import type { NodesBackend } from './backend.js'

export function nodeRoutes(backend: NodesBackend): Route[] {
  const id = (call: Call): string => param(call, 'id')
  return [
    route('GET', '/nodes', async (call) => json(await backend.list(call.query.filters()))),
    route('GET', '/nodes/{id}', async (call) => json(await backend.inspect(id(call)))),
    route('POST', '/nodes/{id}/update', async (call) => {
      const spec = await readBody(call, NodeSpec)
      await backend.update(id(call), call.query.objectVersion('node'), spec, call.caller)
      return empty(200)
    }),
    route('DELETE', '/nodes/{id}', async (call) => {
      await backend.remove(id(call), { force: call.query.flag('force') }, call.caller)
      return empty(200)
    }),
  ]
}
