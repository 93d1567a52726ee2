import { VolumeCreateOptions } from '@essaim/api-types'
import { unavailable } from '@essaim/base'
import { nullIfEmpty } from '../../http/absent.js'
import { created, empty, json } from '../../http/answer.js'
import { readBody } from '../../http/body.js'
import { param, type Call } from '../../http/call.js'
import { route, type Route } from '../../http/router.js'
import { atLeast } from '../../http/version.js'
import type { VolumesBackend } from './backend.js'

export function volumeRoutes(backend: VolumesBackend): Route[] {
  const name = (call: Call): string => param(call, 'name')
  return [
    route('GET', '/volumes', async (call) => {
      const { Volumes, Warnings } = await backend.list(call.query.filters('error reading volume filters: '))
      return json({ Volumes: Volumes ?? [], Warnings: nullIfEmpty(Warnings) })
    }),
    route('GET', '/volumes/{name:path}', async (call) => json(await backend.inspect(name(call)))),
    route('POST', '/volumes/create', async (call) => {
      return created(await backend.create(await readBody(call, VolumeCreateOptions)))
    }),
    route('POST', '/volumes/prune', async (call) => {
      const filters = call.query.filters()
      // Before 1.42 a prune took the named volumes too.
      if (!atLeast(call.version, '1.42')) filters['all'] = ['true']
      return json(await backend.prune(filters))
    }),
    route('PUT', '/volumes/{name:path}', () => {
      throw unavailable(
        'volume.update',
        'volume update only valid for cluster volumes, but cluster volumes are not supported',
      )
    }),
    route('DELETE', '/volumes/{name:path}', async (call) => {
      await backend.remove(name(call), { force: call.query.flag('force') })
      return empty()
    }),
  ]
}
