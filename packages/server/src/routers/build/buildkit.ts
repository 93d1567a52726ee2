import { invalid, notImplemented } from '@essaim/base'
import type { Duplex } from 'node:stream'
import type { Answer } from '../../http/answer.js'
import type { Call } from '../../http/call.js'
import { route, type Route } from '../../http/router.js'
import type { BuildKitBackend } from './backend.js'

/** What a client is told that wants BuildKit where there is none. The stock clients show a message, and no hint. */
export const noBuildKit =
  'no BuildKit is configured here: build with DOCKER_BUILDKIT=0 (the classic builder), or run a buildkitd and start essaimd ' +
  'with --buildkit unix:///run/buildkit/buildkitd.sock'

/** `/grpc` and `/session`, as `docker buildx` opens them: handed through to buildkitd. */
export function buildKitRoutes(backend: BuildKitBackend | undefined): Route[] {
  const open = async (call: Call, to: (buildkit: BuildKitBackend) => Promise<Duplex>): Promise<Answer> => {
    if (!backend) throw notImplemented('build.buildkit', noBuildKit)
    const protocol = String(call.headers.upgrade ?? '')
    if (protocol === '') throw invalid('build.upgrade', 'no upgrade proto in request: Upgrade: h2c is needed')
    if (protocol !== 'h2c') throw invalid('build.upgrade', `protocol ${protocol} not supported: h2c is`)
    return { kind: 'tunnel', protocol, to: await to(backend) }
  }
  return [
    route('POST', '/grpc', (call) => open(call, (buildkit) => buildkit.control())),
    route('POST', '/session', (call) => {
      if (backend && call.headers['x-docker-expose-session-uuid'] === undefined) {
        throw invalid('build.session', 'the header X-Docker-Expose-Session-Uuid is missing')
      }
      return open(call, (buildkit) => buildkit.session(call.headers))
    }),
  ]
}
