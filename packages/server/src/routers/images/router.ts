import { invalid } from '@essaim/base'
import { created, empty, json, progress, tar, type Answer } from '../../http/answer.js'
import { readJson } from '../../http/body.js'
import { param, type Call } from '../../http/call.js'
import { registryAuth } from '../../http/registry-auth.js'
import { route, type Route } from '../../http/router.js'
import { atLeast } from '../../http/version.js'
import type { ImagesBackend } from './backend.js'
import { createImage } from './create.js'
import { formatPlatform, platformOf, readPlatform, requirePlatform } from './platform.js'
import { repoAndTag } from './reference.js'
import { inspectAnswer, summaryAnswer } from './shapes.js'

export function imageRoutes(backend: ImagesBackend): Route[] {
  const name = (call: Call): string => param(call, 'name')
  return [
    route('GET', '/images/json', (call) => list(backend, call)),
    route('GET', '/images/search', (call) => search(backend, call)),
    route('GET', '/images/get', (call) => save(backend, call, call.query.all('names'))),
    route('GET', '/images/{name:path}/get', (call) => save(backend, call, [name(call)])),
    route('GET', '/images/{name:path}/history', async (call) => {
      await requirePlatform(backend, name(call), platformOf(call, '1.48'))
      return json(await backend.history(name(call)))
    }),
    route('GET', '/images/{name:path}/json', async (call) => {
      const platform = platformOf(call, '1.49')
      if (platform && call.query.flag('manifests')) {
        throw invalid('image.platform', 'conflicting options: manifests and platform options cannot both be set')
      }
      await requirePlatform(backend, name(call), platform)
      return json(inspectAnswer(await backend.inspect(name(call)), call.version))
    }),
    route('POST', '/images/create', (call) => createImage(backend, call)),
    route('POST', '/images/load', (call) => load(backend, call)),
    route('POST', '/images/prune', async (call) => json(await backend.prune(call.query.filters()))),
    route('POST', '/images/{name:path}/push', async (call) => {
      const auth = registryAuth(call.headers)
      const tag = call.query.optional('tag')
      const options = { ...(tag !== undefined && { tag }), ...(auth && { auth }) }
      await requirePlatform(backend, tag === undefined ? name(call) : `${name(call)}:${tag}`, platformOf(call, '1.46'))
      return progress(await backend.push(name(call), options, call.signal))
    }),
    route('POST', '/images/{name:path}/tag', async (call) => {
      await backend.tag(name(call), repoAndTag(call.query.text('repo'), call.query.text('tag')))
      return empty(201)
    }),
    route('DELETE', '/images/{name:path}', async (call) => {
      const options = { force: call.query.flag('force'), noPrune: call.query.flag('noprune') }
      const platforms = atLeast(call.version, '1.50') ? call.query.all('platforms').map(readPlatform) : []
      for (const platform of platforms) await requirePlatform(backend, name(call), platform)
      return json(await backend.remove(name(call), options))
    }),
    route('POST', '/commit', (call) => commit(backend, call)),
    route('GET', '/distribution/{name:path}/json', async (call) => {
      return json(await backend.distribution(name(call), registryAuth(call.headers)))
    }),
  ]
}

async function list(backend: ImagesBackend, call: Call): Promise<Answer> {
  const { query, version } = call
  const filters = query.filters()
  const pattern = query.optional('filter')
  if (!atLeast(version, '1.25') && pattern !== undefined) filters['reference'] ??= [pattern]
  const found = await backend.list({
    all: query.flag('all'),
    digests: query.flag('digests'),
    sharedSize: atLeast(version, '1.42') && query.flag('shared-size'),
    filters,
  })
  return json(found.map((summary) => summaryAnswer(summary, version)))
}

async function save(backend: ImagesBackend, call: Call, names: string[]): Promise<Answer> {
  const platform = platformOf(call, '1.48')
  for (const name of names) await requirePlatform(backend, name, platform)
  return tar(await backend.save(names, call.signal))
}

async function search(backend: ImagesBackend, { query, headers }: Call): Promise<Answer> {
  const limit = query.integer('limit')
  const auth = registryAuth(headers)
  const options = { term: query.text('term'), filters: query.filters() }
  return json(
    await backend.search({ ...options, ...(limit !== undefined && limit !== 0 && { limit }), ...(auth && { auth }) }),
  )
}

/** Whatever is wrong with an archive is told in the stream, even before its first message. */
function load(backend: ImagesBackend, call: Call): Answer {
  const platform = platformOf(call, '1.48')
  const options = { quiet: call.query.flag('quiet', true), ...(platform && { platform: formatPlatform(platform) }) }
  async function* messages(): AsyncGenerator<unknown> {
    yield* await backend.load(call.body, options, call.signal)
  }
  return progress(messages())
}

async function commit(backend: ImagesBackend, call: Call): Promise<Answer> {
  const { query } = call
  const repo = query.optional('repo')
  const target = repo === undefined ? {} : repoAndTag(repo, query.text('tag'))
  const config = await readJson(call)
  return created(
    await backend.commit({
      container: query.text('container'),
      ...target,
      comment: query.text('comment'),
      author: query.text('author'),
      pause: query.flag('pause', true),
      changes: query.all('changes'),
      ...(config !== undefined && config !== null && { config }),
    }),
  )
}
