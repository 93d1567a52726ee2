import { notImplemented } from '@essaim/base'
import { json, progress } from '../../http/answer.js'
import { route, type Handler, type Route } from '../../http/router.js'
import type { BuildBackend } from './backend.js'
import { buildOptions } from './options.js'

/** The classic builder, where there is one. BuildKit's own protocol, `/session` and `/grpc`, is not spoken. */
export function buildRoutes(backend: BuildBackend | undefined): Route[] {
  const noBuildKit: Handler = () => {
    throw notImplemented('build.buildkit', 'BuildKit sessions are not supported', {
      hint: 'build with DOCKER_BUILDKIT=0',
    })
  }
  return [
    route('POST', '/build', async (call) => {
      if (!backend) {
        throw notImplemented(
          'build.none',
          'this engine does not build images yet: build elsewhere and load the result',
          {
            hint: 'docker save IMAGE | docker -H <this engine> load',
          },
        )
      }
      return progress(await backend.build(call.body, buildOptions(call), call.signal))
    }),
    route('POST', '/build/prune', async (call) => {
      const filters = call.query.filters()
      return json(backend ? await backend.prune(filters) : { CachesDeleted: null, SpaceReclaimed: 0 })
    }),
    route('POST', '/build/cancel', noBuildKit),
    route('POST', '/session', noBuildKit),
    route('POST', '/grpc', noBuildKit),
  ]
}
