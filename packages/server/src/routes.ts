import type { Backends } from './backends.js'
import type { Route } from './http/router.js'
import { containerRoutes } from './routers/containers/router.js'
import { systemRoutes } from './routers/system/router.js'

/** Every route of the API. Exact paths of a noun stand before the wider ones. */
export function routesOf(backends: Backends, swarmState: () => string): Route[] {
  return [...systemRoutes(backends.system, swarmState), ...containerRoutes(backends.containers)]
}
