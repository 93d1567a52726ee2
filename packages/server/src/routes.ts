import type { Backends } from './backends.js'
import type { Route } from './http/router.js'
import { buildKitRoutes } from './routers/build/buildkit.js'
import { buildRoutes } from './routers/build/router.js'
import { configRoutes } from './routers/configs/router.js'
import { containerRoutes } from './routers/containers/router.js'
import { execRoutes } from './routers/exec/router.js'
import { imageRoutes } from './routers/images/router.js'
import { networkRoutes } from './routers/networks/router.js'
import { nodeRoutes } from './routers/nodes/router.js'
import { pluginRoutes } from './routers/plugins/router.js'
import { secretRoutes } from './routers/secrets/router.js'
import { serviceRoutes } from './routers/services/router.js'
import { swarmRoutes } from './routers/swarm/router.js'
import { systemRoutes } from './routers/system/router.js'
import { taskRoutes } from './routers/tasks/router.js'
import { volumeRoutes } from './routers/volumes/router.js'

/** Every route of the API. Within a noun, exact paths stand before the wider ones. */
export function routesOf(backends: Backends, swarmState: () => string): Route[] {
  return [
    ...systemRoutes(backends.system, swarmState, backends.buildkit ? '2' : '1'),
    ...containerRoutes(backends.containers),
    ...execRoutes(backends.exec),
    ...imageRoutes(backends.images),
    ...networkRoutes(backends.networks),
    ...volumeRoutes(backends.volumes),
    ...swarmRoutes(backends.swarm),
    ...nodeRoutes(backends.nodes),
    ...serviceRoutes(backends.services),
    ...taskRoutes(backends.tasks),
    ...secretRoutes(backends.secrets),
    ...configRoutes(backends.configs),
    ...pluginRoutes(),
    ...buildRoutes(backends.build, backends.buildkit !== undefined),
    ...buildKitRoutes(backends.buildkit),
  ]
}
