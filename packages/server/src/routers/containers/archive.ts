import { invalid } from '@essaim/base'
import { empty, tar, type Headers } from '../../http/answer.js'
import { param, type Call } from '../../http/call.js'
import { route, type Route } from '../../http/router.js'
import type { ContainersBackend, PathStat } from './backend.js'

/** `docker cp`: files in and out of a container's filesystem. */
export function archiveRoutes(backend: ContainersBackend): Route[] {
  const path = '/containers/{name:path}/archive'
  return [
    route('HEAD', path, async (call) => {
      const headers = statHeader(await backend.statPath(param(call, 'name'), pathOf(call)))
      return { kind: 'empty', status: 200, headers }
    }),
    route('GET', path, async (call) => {
      const { stat, tar: source } = await backend.getArchive(param(call, 'name'), pathOf(call), call.signal)
      return tar(source, statHeader(stat))
    }),
    route('PUT', path, async (call) => {
      await backend.putArchive(param(call, 'name'), pathOf(call), call.body, {
        noOverwriteDirNonDir: call.query.flag('noOverwriteDirNonDir'),
        copyUidGid: call.query.flag('copyUIDGID'),
      })
      return empty(200)
    }),
  ]
}

function pathOf(call: Call): string {
  const path = call.query.text('path')
  if (path === '') throw invalid('archive.path', 'bad parameter: pathcannot be empty')
  return path
}

function statHeader(stat: PathStat): Headers {
  const text = JSON.stringify(stat)
  return { 'X-Docker-Container-Path-Stat': Buffer.from(text).toString('base64') }
}
