import { internal } from '@essaim/base'
import { Readable } from 'node:stream'
import { readBody } from '../registry/http.js'
import type { Repository } from '../registry/repository.js'

/** Whether the registry has the blob already. */
export async function hasBlob(repository: Repository, digest: string, signal: AbortSignal): Promise<boolean> {
  const answer = await repository.ask({ method: 'HEAD', url: repository.url(`blobs/${digest}`), signal }, [404])
  answer.resume()
  return answer.statusCode === 200
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

/** Answers the digest that the registry has given it. */
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
