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
/** Of BuildKit's cache, whose records have more to choose by than a classic builder's. */
const filtersOfBuildkit = ['parent', 'type', 'description', 'inuse', 'shared', 'private']

function pruneLimits({ query }: Call): PruneLimits {
  const filters = query.filters()
  const other = Object.keys(filters).find((name) => !filtersKnown.includes(name))
  if (other !== undefined) throw refused(other)
  const [time, ...more] = [...(filters['until'] ?? []), ...(filters['unused-for'] ?? [])]
  if (more.length > 0) throw invalid('build.filter', `${failed}filters expect only one value`)
  const until = time === undefined ? undefined : momentOf(time)
  return {
    all: query.flag('all'),
    ...(filters['id'] && { ids: filters['id'] }),
    ...(until !== undefined && { until: Date.parse(until) }),
  }
}

const failed = 'failed to prune build cache: '

function refused(filter: string): Error {
  const hint = `allowed are ${filtersKnown.join(', ')}`
  if (!filtersOfBuildkit.includes(filter))
    return invalid('build.filter', `${failed}Invalid filter '${filter}'`, { hint })
  return invalid('build.filter', `${failed}filter '${filter}' is not known of the steps of the classic builder`, {
    hint,
  })
}

function momentOf(time: string): string | undefined {
  try {
    return parseTime('until', time)
  } catch (cause) {
    const why = `"until" filter expects a duration (e.g., '24h'): time: invalid duration ${JSON.stringify(time)}`
    throw invalid('build.filter', failed + why, { cause })
  }
}
