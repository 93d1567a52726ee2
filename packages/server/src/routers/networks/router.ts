import { type Network, NetworkConnectRequest, NetworkCreateRequest, NetworkDisconnectRequest } from '@essaim/api-types'
import { created, empty, json } from '../../http/answer.js'
import { readBody } from '../../http/body.js'
import { param, type Call } from '../../http/call.js'
import { route, type Handler, type Route } from '../../http/router.js'
import { atLeast } from '../../http/version.js'
import type { NetworksBackend } from './backend.js'

export function networkRoutes(backend: NetworksBackend): Route[] {
  const id = (call: Call): string => param(call, 'id')
  const list: Handler = async (call) => {
    const found = await backend.list(call.query.filters())
    return json(found.map((network) => networkAnswer(network, call.version)))
  }
  return [
    route('GET', '/networks', list),
    route('GET', '/networks/', list),
    route('GET', '/networks/{id:path}', async (call) => {
      const verbose = call.query.strictFlag('verbose') ?? false
      const scope = call.query.optional('scope')
      const found = await backend.inspect(id(call), { verbose, ...(scope !== undefined && { scope }) })
      return json(networkAnswer(found, call.version))
    }),
    route('POST', '/networks/create', async (call) => {
      const request = await readBody(call, NetworkCreateRequest)
      if (!atLeast(call.version, '1.48')) delete request.EnableIPv4
      return created(await backend.create(request, call.caller))
    }),
    route('POST', '/networks/prune', async (call) => json(await backend.prune(call.query.filters(), call.caller))),
    route('POST', '/networks/{id:path}/connect', async (call) => {
      await backend.connect(id(call), await readBody(call, NetworkConnectRequest))
      return empty(200)
    }),
    route('POST', '/networks/{id:path}/disconnect', async (call) => {
      await backend.disconnect(id(call), await readBody(call, NetworkDisconnectRequest))
      return empty(200)
    }),
    route('DELETE', '/networks/{id:path}', async (call) => {
      await backend.remove(id(call), call.caller)
      return empty()
    }),
  ]
}

/** A network, as clients of `version` know it; null options are those that nobody gave. */
function networkAnswer({ EnableIPv4, IPAM, ...rest }: Network, version: string): object {
  return {
    ...rest,
    ...(atLeast(version, '1.48') && { EnableIPv4 }),
    IPAM: { ...IPAM, Options: IPAM?.Options ?? null },
  }
}
