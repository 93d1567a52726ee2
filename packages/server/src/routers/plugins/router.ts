import { notFound, notImplemented } from '@essaim/base'
import { json } from '../../http/answer.js'
import { param } from '../../http/call.js'
import { route, type Handler, type Route } from '../../http/router.js'

/** Managed plugins are not supported: there are none, and none can be installed. */
export function pluginRoutes(): Route[] {
  const refuse: Handler = () => {
    throw notImplemented('plugin.install', 'managed plugins are not supported', {
      hint: 'use the built-in volume, network and log drivers',
    })
  }
  const missing: Handler = (call) => {
    throw notFound('plugin.missing', `plugin ${JSON.stringify(param(call, 'name'))} not found`)
  }
  return [
    route('GET', '/plugins', (call) => {
      call.query.filters()
      return json([])
    }),
    route('GET', '/plugins/privileges', refuse),
    route('POST', '/plugins/pull', refuse),
    route('POST', '/plugins/create', refuse),
    route('GET', '/plugins/{name:path}/json', missing),
    route('POST', '/plugins/{name:path}/enable', missing),
    route('POST', '/plugins/{name:path}/disable', missing),
    route('POST', '/plugins/{name:path}/upgrade', missing),
    route('POST', '/plugins/{name:path}/push', missing),
    route('POST', '/plugins/{name:path}/set', missing),
    route('DELETE', '/plugins/{name:path}', missing),
  ]
}
