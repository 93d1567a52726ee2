import { ContainerUpdateRequest } from '@essaim/api-types'
import { invalid, notImplemented } from '@essaim/base'
import { nullIfEmpty } from '../../http/absent.js'
import { empty, json, tar, type Answer } from '../../http/answer.js'
import { readBody } from '../../http/body.js'
import { param, type Call } from '../../http/call.js'
import { route, type Handler, type Route } from '../../http/router.js'
import { atLeast } from '../../http/version.js'
import { archiveRoutes } from './archive.js'
import type { ContainersBackend } from './backend.js'
import { createContainer } from './create.js'
import { inspectAnswer, summaryAnswer } from './shapes.js'
import { streamRoutes } from './streams.js'

export function containerRoutes(backend: ContainersBackend): Route[] {
  const name = (call: Call): string => param(call, 'name')
  const act = (path: string, run: (call: Call) => Promise<void>, status: 200 | 204 = 204): Route =>
    route('POST', `/containers/{name:path}/${path}`, async (call) => {
      await run(call)
      return empty(status)
    })

  return [
    route('GET', '/containers/json', (call) => list(backend, call)),
    route('POST', '/containers/create', (call) => createContainer(backend, call)),
    route('POST', '/containers/prune', async (call) => {
      const pruned = await backend.prune(call.query.filters())
      return json({ ...pruned, ContainersDeleted: nullIfEmpty(pruned.ContainersDeleted) })
    }),
    ...checkpointRoutes(),
    ...archiveRoutes(backend),
    ...streamRoutes(backend),
    route('GET', '/containers/{name:path}/json', async (call) => {
      const found = await backend.inspect(name(call), { size: call.query.flag('size') })
      return json(inspectAnswer(found, call.version))
    }),
    route('GET', '/containers/{name:path}/changes', async (call) => {
      return json(nullIfEmpty(await backend.changes(name(call))))
    }),
    route('GET', '/containers/{name:path}/top', async (call) => {
      return json(await backend.top(name(call), call.query.optional('ps_args') ?? '-ef'))
    }),
    route('GET', '/containers/{name:path}/export', async (call) => {
      return tar(await backend.exportTar(name(call), call.signal), { 'Content-Type': 'application/octet-stream' })
    }),
    act('start', (call) => start(backend, call)),
    act('stop', (call) => backend.stop(name(call), stopOptions(call))),
    act('restart', (call) => backend.restart(name(call), stopOptions(call))),
    act('kill', (call) => backend.kill(name(call), call.query.optional('signal') ?? 'SIGKILL')),
    act('pause', (call) => backend.pause(name(call))),
    act('unpause', (call) => backend.unpause(name(call))),
    act('rename', (call) => backend.rename(name(call), call.query.text('name'))),
    act('resize', (call) => backend.resize(name(call), sizeOf(call)), 200),
    route('POST', '/containers/{name:path}/update', async (call) => {
      const { Warnings } = await backend.update(name(call), await readBody(call, ContainerUpdateRequest))
      return json({ Warnings: nullIfEmpty(Warnings) })
    }),
    route('DELETE', '/containers/{name:path}', async (call) => {
      const { query } = call
      await backend.remove(name(call), {
        force: query.flag('force'),
        volumes: query.flag('v'),
        link: query.flag('link'),
      })
      return empty()
    }),
  ]
}

async function list(backend: ContainersBackend, call: Call): Promise<Answer> {
  const { query } = call
  const limit = query.integer('limit', 'strconv.Atoi')
  const found = await backend.list({
    all: query.flag('all'),
    size: query.flag('size'),
    filters: query.filters(),
    // Clients send -1, and 0, for no limit.
    ...(limit !== undefined && limit > 0 && { limit }),
  })
  return json(found.map((summary) => summaryAnswer(summary, call.version)))
}

async function start(backend: ContainersBackend, call: Call): Promise<void> {
  // `{}` and `null` are harmless; more is a HostConfig of before API 1.24.
  const length = Number(call.headers['content-length'] ?? 0)
  if (length > 7 || call.headers['transfer-encoding'] !== undefined) {
    throw invalid(
      'container.start-body',
      'starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24',
    )
  }
  if (call.query.has('checkpoint')) throw noCheckpoints()
  await backend.start(param(call, 'name'))
}

function stopOptions(call: Call): { signal?: string; timeoutSeconds?: number } {
  const signal = atLeast(call.version, '1.42') ? call.query.optional('signal') : undefined
  const timeoutSeconds = call.query.integer('t', 'strconv.Atoi')
  return { ...(signal !== undefined && { signal }), ...(timeoutSeconds !== undefined && { timeoutSeconds }) }
}

/** `h` and `w` of a terminal's new size. */
export function sizeOf(call: Call): { height: number; width: number } {
  return {
    height: call.query.requiredInteger('h', 'strconv.Atoi'),
    width: call.query.requiredInteger('w', 'strconv.Atoi'),
  }
}

function checkpointRoutes(): Route[] {
  const refuse: Handler = () => {
    throw noCheckpoints()
  }
  return [
    route('GET', '/containers/{name:path}/checkpoints', refuse),
    route('POST', '/containers/{name:path}/checkpoints', refuse),
    route('DELETE', '/containers/{name}/checkpoints/{checkpoint}', refuse),
  ]
}

function noCheckpoints(): Error {
  return notImplemented('container.checkpoint', 'checkpoints are not supported', {
    hint: 'commit the container to an image, or keep its state in a volume',
  })
}
