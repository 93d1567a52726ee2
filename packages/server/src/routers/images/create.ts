import { invalid, unavailable } from '@essaim/base'
import { Readable } from 'node:stream'
import { progress, type Answer } from '../../http/answer.js'
import type { Call } from '../../http/call.js'
import { registryAuth } from '../../http/registry-auth.js'
import { atLeast } from '../../http/version.js'
import type { ImagesBackend } from './backend.js'
import { pullReference, repoAndTag } from './reference.js'

/** A pull, with `fromImage`, or an import, with `fromSrc`. */
export async function createImage(backend: ImagesBackend, call: Call): Promise<Answer> {
  const { query } = call
  const platform = atLeast(call.version, '1.32') ? query.optional('platform') : undefined
  const image = query.optional('fromImage')
  if (image === undefined) return importImage(backend, call, platform)
  const auth = registryAuth(call.headers)
  const reference = pullReference(image, query.text('tag'))
  const options = { reference, ...(platform !== undefined && { platform }), ...(auth && { auth }) }
  return progress(await backend.pull(options, call.signal))
}

async function importImage(backend: ImagesBackend, call: Call, platform: string | undefined): Promise<Answer> {
  const { query } = call
  const source = query.text('fromSrc')
  const repo = query.optional('repo')
  const archive = source === '-' ? call.body : await download(source, call.signal)
  const options = {
    ...(repo !== undefined && repoAndTag(repo, query.text('tag'))),
    message: query.optional('message') ?? `Imported from ${source}`,
    changes: query.all('changes'),
    ...(platform !== undefined && { platform }),
  }
  return progress(await backend.importTar(archive, options, call.signal))
}

async function download(source: string, signal: AbortSignal): Promise<Readable> {
  const address = source.includes('://') ? source : `http://${source}`
  if (!URL.canParse(address)) throw invalid('image.import-source', `invalid import source: ${JSON.stringify(source)}`)
  const answer = await fetch(address, { signal }).catch((cause: unknown) => {
    throw unavailable('image.import-source', `failed to download ${address}`, { cause })
  })
  if (!answer.ok || !answer.body) {
    throw invalid('image.import-source', `failed to GET ${address} with status ${answer.status} ${answer.statusText}`)
  }
  return Readable.fromWeb(answer.body)
}
