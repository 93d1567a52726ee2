import { ExecCreateRequest, ExecStartRequest, type StreamSession } from '@essaim/api-types'
import { invalid, messageOf } from '@essaim/base'
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
  const id = param(call, 'id')
  if (detach) {
    await backend.start(id, options, call.signal)
    return empty(200)
  }
  await backend.inspect(id)
  // A command that cannot be started is told in the stream, as if it had printed it; its code is in the inspect.
  const open = async (): Promise<StreamSession> => {
    const session = await backend.start(id, options, call.signal).catch((error: unknown) => failed(error, tty))
    return session ?? failed(new Error(`exec ${id} was started detached`), tty)
  }
  return { kind: 'session', tty, open }
}

function failed(error: unknown, tty: boolean): StreamSession {
  const data = Buffer.from(`${messageOf(error)}\r\n`)
  return { tty, output: only({ stream: 'stdout', data }) }
}

async function* only<T>(item: T): AsyncGenerator<T> {
  yield item
}
