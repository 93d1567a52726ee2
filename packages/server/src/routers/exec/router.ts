import { ExecCreateRequest, ExecStartRequest, type StreamSession } from '@essaim/api-types'
import { invalid, isKind, messageOf } from '@essaim/base'
import { created, empty, json, type Answer } from '../../http/answer.js'
import { readBody } from '../../http/body.js'
import { param, type Call } from '../../http/call.js'
import { route, type Route } from '../../http/router.js'
import { atLeast } from '../../http/version.js'
import { sizeOf } from '../containers/router.js'
import type { ExecBackend } from './backend.js'

export function execRoutes(backend: ExecBackend): Route[] {
  return [
    route('POST', '/containers/{name:path}/exec', async (call) => {
      const request = await readBody(call, ExecCreateRequest)
      if ((request.Cmd ?? []).length === 0) throw invalid('exec.command', 'No exec command specified')
      if (!atLeast(call.version, '1.42')) delete request.ConsoleSize
      return created(await backend.create(param(call, 'name'), request))
    }),
    route('POST', '/exec/{id}/start', (call) => start(backend, call)),
    route('POST', '/exec/{id}/resize', async (call) => {
      await backend.resize(param(call, 'id'), sizeOf(call))
      return empty(200)
    }),
    route('GET', '/exec/{id}/json', async (call) => json(await backend.inspect(param(call, 'id')))),
  ]
}

async function start(backend: ExecBackend, call: Call): Promise<Answer> {
  const request = await readBody(call, ExecStartRequest)
  const detach = request.Detach ?? false
  const tty = request.Tty ?? false
  const [height, width] = request.ConsoleSize ?? []
  const sized = tty && atLeast(call.version, '1.42') && height !== undefined && width !== undefined
  const options = { detach, tty, ...(sized && { consoleSize: [height, width] as [number, number] }) }
  try {
    const session = await backend.start(param(call, 'id'), options, call.signal)
    return session ? { kind: 'session', session } : empty(200)
  } catch (error) {
    // A command that cannot be started is told in the stream, as what it would have printed; its code is in the inspect.
    const known = isKind(error, 'not-found') || isKind(error, 'conflict')
    if (detach || known || call.signal.aborted) throw error
    return { kind: 'session', session: failed(error, tty) }
  }
}

function failed(error: unknown, tty: boolean): StreamSession {
  const data = Buffer.from(`${messageOf(error)}\r\n`)
  return { tty, output: only({ stream: 'stdout', data }) }
}

async function* only<T>(item: T): AsyncGenerator<T> {
  yield item
}
