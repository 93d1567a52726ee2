import { invalid, notImplemented } from '@essaim/base'
import { empty, json, progress } from '../../http/answer.js'
import { parseTime } from '../../http/times.js'
import type { Call } from '../../http/call.js'
import { route, type Route } from '../../http/router.js'
import type { BuildBackend, PruneLimits } from './backend.js'
import { buildOptions } from './options.js'

/** The classic builder, where there is one. */
export function buildRoutes(backend: BuildBackend | undefined, hasBuildKit: boolean): Route[] {
  const builder = (): BuildBackend => {
    if (backend) return backend
    throw notImplemented('build.none', 'this engine does not build images: build elsewhere and load the result', {
      hint: 'docker save IMAGE | docker -H <this engine> load',
    })
  }
  return [
    route('POST', '/build', async (call) =>
      progress(await builder().build(call.body, buildOptions(call, hasBuildKit), call.signal)),
    ),
    route('POST', '/build/prune', async (call) => json(await builder().prune(pruneLimits(call)))),
    route('POST', '/build/cancel', (call) => {
      const id = call.query.optional('id')
      if (id === undefined) throw invalid('build.cancel', 'build ID not provided')
      builder().cancel(id)
      return empty(200)
    }),
  ]
}

const filtersKnown = ['until', 'id', 'unused-for']

function pruneLimits({ query }: Call): PruneLimits {
  const filters = query.filters()
  const other = Object.keys(filters).find((name) => !filtersKnown.includes(name))
  if (other !== undefined) {
    throw invalid('build.filter', `invalid filter '${other}' (allowed: ${filtersKnown.join(', ')})`)
  }
  const [time] = [...(filters['until'] ?? []), ...(filters['unused-for'] ?? [])]
  const until = time === undefined ? undefined : parseTime('until', time)
  return {
    all: query.flag('all'),
    ...(filters['id'] && { ids: filters['id'] }),
    ...(until !== undefined && { until: Date.parse(until) }),
  }
}
