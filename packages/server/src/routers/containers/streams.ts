import type { AttachOptions, StreamSession, WaitCondition } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { json, later, type Answer } from '../../http/answer.js'
import { param, type Call } from '../../http/call.js'
import { logsOptions } from '../../http/logs-options.js'
import { route, type Route } from '../../http/router.js'
import { atLeast } from '../../http/version.js'
import type { ContainersBackend } from './backend.js'

/** The calls on a container that last: wait, attach, logs, stats. */
export function streamRoutes(backend: ContainersBackend): Route[] {
  return [
    route('POST', '/containers/{name:path}/wait', (call) => wait(backend, call)),
    route('GET', '/containers/{name:path}/logs', async (call) => {
      const options = logsOptions(call.query)
      const logs = await backend.logs(param(call, 'name'), options, call.signal)
      return { kind: 'logs', logs, timestamps: options.timestamps, details: options.details }
    }),
    route('POST', '/containers/{name:path}/attach', async (call) => {
      const session = await attach(backend, call)
      return { kind: 'session', tty: session.tty, open: async () => session }
    }),
    route('GET', '/containers/{name:path}/attach/ws', async (call) => {
      return { kind: 'websocket', session: await attach(backend, call) }
    }),
    route('GET', '/containers/{name:path}/stats', (call) => stats(backend, call)),
  ]
}

async function wait(backend: ContainersBackend, call: Call): Promise<Answer> {
  const { result } = await backend.wait(param(call, 'name'), conditionOf(call.query.text('condition')), call.signal)
  return later(result)
}

function conditionOf(text: string): WaitCondition {
  switch (text) {
    case '':
    case 'not-running':
      return 'not-running'
    case 'next-exit':
    case 'removed':
      return text
    default:
      throw invalid('container.wait-condition', `invalid condition: ${JSON.stringify(text)}`)
  }
}

function attach(backend: ContainersBackend, call: Call): Promise<StreamSession> {
  const { query } = call
  const detachKeys = query.optional('detachKeys')
  const options: AttachOptions = {
    logs: query.flag('logs'),
    stream: query.flag('stream'),
    stdin: query.flag('stdin'),
    stdout: query.flag('stdout'),
    stderr: query.flag('stderr'),
    ...(detachKeys !== undefined && { detachKeys }),
  }
  return backend.attach(param(call, 'name'), options, call.signal)
}

async function stats(backend: ContainersBackend, call: Call): Promise<Answer> {
  const stream = call.query.flag('stream', true)
  const oneShot = atLeast(call.version, '1.41') && call.query.flag('one-shot')
  if (stream && oneShot) throw invalid('container.stats', 'cannot have stream=true and one-shot=true')
  const samples = await backend.stats(param(call, 'name'), { stream, oneShot }, call.signal)
  if (stream) return { kind: 'lines', lines: samples, end: '\n' }
  for await (const sample of samples) return json(sample)
  return json({})
}
