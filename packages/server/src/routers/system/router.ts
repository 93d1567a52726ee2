import { AuthConfig, type EventMessage } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { empty, json, type Answer, type Headers } from '../../http/answer.js'
import { readBody } from '../../http/body.js'
import type { Call } from '../../http/call.js'
import { route, type Route } from '../../http/router.js'
import { atLeast } from '../../http/version.js'
import type { SystemBackend } from './backend.js'
import { diskUsageAnswer, infoAnswer } from './shapes.js'

/**
 * `swarmState` is the Swarm header of a ping: `inactive`, `active/manager`, ...; `builder` the version of the builder
 * that clients are to use: 1 is the classic one, 2 BuildKit.
 */
export function systemRoutes(backend: SystemBackend, swarmState: () => string, builder: '1' | '2'): Route[] {
  return [
    route('GET', '/_ping', () => ping(swarmState(), builder)),
    route('HEAD', '/_ping', () => ping(swarmState(), builder)),
    route('OPTIONS', '/{any:path}', () => empty(200)),
    route('GET', '/version', async () => json(await backend.version())),
    route('GET', '/info', async (call) => json(infoAnswer(await backend.info(), call.version))),
    route('GET', '/events', (call) => events(backend, call)),
    route('GET', '/system/df', async (call) => {
      const types = atLeast(call.version, '1.42') ? call.query.all('type') : []
      return json(diskUsageAnswer(await backend.diskUsage(types), call.version))
    }),
    route('POST', '/auth', async (call) => json(await backend.auth(await readBody(call, AuthConfig)))),
  ]
}

function ping(state: string, builder: string): Answer {
  const headers: Headers = {
    'Content-Type': 'text/plain; charset=utf-8',
    'Cache-Control': 'no-cache, no-store, must-revalidate',
    Pragma: 'no-cache',
    'Builder-Version': builder,
    Swarm: state,
  }
  return { kind: 'text', status: 200, text: 'OK', headers }
}

async function events(backend: SystemBackend, call: Call): Promise<Answer> {
  const since = call.query.time('since')
  const until = call.query.time('until')
  if (since !== undefined && until !== undefined && until < since) {
    const { query } = call
    const why = `\`since\` time (${query.text('since')}) cannot be after \`until\` time (${query.text('until')})`
    throw invalid('events.range', why)
  }
  const stream = await backend.events(
    { filters: call.query.filters(), ...(since !== undefined && { since }), ...(until !== undefined && { until }) },
    call.signal,
  )
  return { kind: 'lines', lines: eventAnswers(stream, call.version), end: '\n' }
}

/** Events of containers and images carry, besides, the fields of before API 1.22: many clients still read them. */
async function* eventAnswers(stream: AsyncIterable<EventMessage>, version: string): AsyncGenerator<unknown> {
  for await (const event of stream) {
    const id = event.Actor?.ID
    if (event.Type === 'container') {
      yield { status: event.Action, id, from: event.Actor?.Attributes?.['image'], ...event }
    } else if (event.Type === 'image') {
      if (event.Action !== 'create' || atLeast(version, '1.46')) yield { status: event.Action, id, ...event }
    } else {
      yield event
    }
  }
}
