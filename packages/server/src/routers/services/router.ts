import { ServiceSpec } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { created, empty, json, type Answer } from '../../http/answer.js'
import { readBody } from '../../http/body.js'
import { param, type Call } from '../../http/call.js'
import { logsOptions } from '../../http/logs-options.js'
import { registryAuth } from '../../http/registry-auth.js'
import { route, type Route } from '../../http/router.js'
import { atLeast } from '../../http/version.js'
import type { ServicesBackend } from './backend.js'
import { adjustSpec } from './spec.js'

export function serviceRoutes(backend: ServicesBackend): Route[] {
  const id = (call: Call): string => param(call, 'id')
  return [
    route('GET', '/services', async (call) => {
      const filters = call.query.filters()
      const status = atLeast(call.version, '1.41') && (call.query.strictFlag('status') ?? false)
      return json(await backend.list({ filters, status }))
    }),
    route('GET', '/services/{id}', async (call) => {
      const insertDefaults = call.query.strictFlag('insertDefaults') ?? false
      return json(await backend.inspect(id(call), { insertDefaults }))
    }),
    route('GET', '/services/{id}/logs', async (call) => {
      const options = logsOptions(call.query)
      const logs = await backend.logs(id(call), options, call.signal)
      return { kind: 'logs', logs, timestamps: options.timestamps, details: options.details }
    }),
    route('POST', '/services/create', async (call) => {
      const spec = adjustSpec(await readBody(call, ServiceSpec), call.version)
      return created(await backend.create(spec, call.caller, registryAuth(call.headers)))
    }),
    route('POST', '/services/{id}/update', (call) => update(backend, call)),
    route('DELETE', '/services/{id}', async (call) => {
      await backend.remove(id(call), call.caller)
      return empty(200)
    }),
  ]
}

async function update(backend: ServicesBackend, call: Call): Promise<Answer> {
  const spec = adjustSpec(await readBody(call, ServiceSpec), call.version)
  const { query } = call
  const auth = registryAuth(call.headers)
  const options = {
    version: query.objectVersion('service'),
    spec,
    rollback: rollbackOf(query.text('rollback')),
    registryAuthFrom: authSourceOf(query.text('registryAuthFrom')),
    ...(auth && { auth }),
  }
  return json(await backend.update(param(call, 'id'), options, call.caller))
}

function rollbackOf(text: string): boolean {
  if (text === '' || text === 'none') return false
  if (text === 'previous') return true
  throw invalid('service.rollback', `unrecognized rollback option ${text}`)
}

function authSourceOf(text: string): 'spec' | 'previous-spec' {
  if (text === '' || text === 'spec') return 'spec'
  if (text === 'previous-spec') return text
  throw invalid('service.auth-source', `invalid registryAuthFrom '${text}'`)
}
