import { internal, isKind } from '@essaim/base'
import { Readable } from 'node:stream'
import { readBody } from '../registry/http.js'
import type { Repository } from '../registry/repository.js'

/** Whether the registry has the blob already. */
export async function hasBlob(repository: Repository, digest: string, signal: AbortSignal): Promise<boolean> {
  const url = repository.url(`blobs/${digest}`)
  const answer = await repository.ask({ method: 'HEAD', url, signal, accepted: [404] })
  answer.resume()
  return answer.statusCode === 200
}

/** Asks the registry to take a blob over from another of its repositories; false when it does not. */
export async function mountBlob(
  repository: Repository,
  digest: string,
  from: string,
  signal: AbortSignal,
): Promise<boolean> {
  const query = new URLSearchParams({ mount: digest, from })
  const url = `${repository.url('blobs/uploads/')}?${query.toString()}`
  const headers = { 'Content-Length': '0' }
  // Who may not read there gets 401 or 403, and sends the bytes.
  const accepted = [400, 401, 403, 404, 405]
  const answer = await repository
    .ask({ method: 'POST', url, headers, signal, accepted, mountFrom: from })
    .catch((error: unknown) => {
      if (isKind(error, 'unauthorized')) return undefined
      throw error
    })
  if (!answer) return false
  answer.resume()
  if (answer.statusCode === 202 && answer.headers.location !== undefined) {
    // The upload that the registry has begun instead is not gone on with.
    const begun = locationOf(answer.headers.location, url)
    const ended = await repository.ask({ method: 'DELETE', url: begun, signal, accepted: [404, 405] })
    ended.resume()
  }
  return answer.statusCode === 201
}

/** Sends a blob whose digest may be known only when all of it has been read: `digest` is asked for at the end. */
export async function uploadBlob(
  repository: Repository,
  content: AsyncIterable<Buffer>,
  digest: () => string,
  signal: AbortSignal,
): Promise<void> {
  const start = repository.url('blobs/uploads/')
  const begun = await repository.ask({ method: 'POST', url: start, headers: { 'Content-Length': '0' }, signal })
  begun.resume()
  const place = locationOf(begun.headers.location, start)
  const headers = { 'Content-Type': 'application/octet-stream' }
  const sent = await repository.ask({
    method: 'PATCH',
    url: place,
    headers,
    body: Readable.from(content, { objectMode: false }),
    signal,
  })
  sent.resume()
  const end = new URL(locationOf(sent.headers.location, place))
  end.searchParams.set('digest', digest())
  const done = await repository.ask({ method: 'PUT', url: end.href, headers: { 'Content-Length': '0' }, signal })
  done.resume()
}

/** Answers when the registry has taken it. */
export async function putManifest(
  repository: Repository,
  reference: string,
  mediaType: string,
  data: Buffer,
  signal: AbortSignal,
): Promise<void> {
  const headers = { 'Content-Type': mediaType, 'Content-Length': String(data.length) }
  const url = repository.url(`manifests/${reference}`)
  await readBody(await repository.ask({ method: 'PUT', url, headers, body: data, signal }), 1 << 20)
}

function locationOf(location: string | undefined, base: string): string {
  if (location === undefined) throw internal('registry.location', `the registry answered no location for ${base}`)
  return new URL(location, base).href
}
