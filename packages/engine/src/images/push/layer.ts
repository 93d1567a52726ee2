import { shortId } from '@essaim/base'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { Containerd, Descriptor } from '../../containerd/index.js'
import { mediaTypes } from '../manifest.js'
import { barMessage, stepMessage, throttled, type Emit } from '../progress.js'
import type { Origins } from '../origins.js'
import type { Repository } from '../registry/repository.js'
import { hasBlob, mountBlob, uploadBlob } from './upload.js'

/** On an uncompressed layer: digest and size of what it becomes by compression, so that it is compressed once only. */
const gzipLabel = 'essaim.gzip'

/** Fewer turns of the event loop for the same bytes than by zlib's own 16 KiB. */
const gzipChunk = 256 << 10

export interface LayerPush {
  containerd: Containerd
  origins: Origins
  repository: Repository
  /** Of the registry, as references name it. */
  domain: string
  emit: Emit
  signal: AbortSignal
}

/** What a layer is in the registry: compressed. Sent only when the registry has it neither here nor elsewhere. */
export async function pushLayer(push: LayerPush, blob: Descriptor, diffId: string): Promise<Descriptor> {
  const { containerd, origins, repository, domain, emit, signal } = push
  const name = shortId(diffId)
  const known = await compressedForm(containerd, blob)
  const done = (status: string, form: Descriptor): Descriptor => {
    emit(stepMessage(status, name))
    return form
  }
  const obtain = async (): Promise<Descriptor> => {
    if (known) {
      if (await hasBlob(repository, known.digest, signal)) return done('Layer already exists', known)
      const from = await mountedFrom(push, known.digest, blob.digest)
      if (from !== undefined) return done(`Mounted from ${from}`, known)
    }
    return done('Pushed', await send(push, blob, known?.digest === blob.digest, name))
  }
  const form = await obtain()
  await origins.add(domain, repository.path, blob.digest)
  return form
}

/** The repository that the registry has taken the blob over from. */
async function mountedFrom(push: LayerPush, digest: string, local: string): Promise<string | undefined> {
  const { origins, repository, domain, signal } = push
  const elsewhere = (await origins.of(domain, local)).filter((path) => path !== repository.path)
  for (const path of elsewhere) if (await mountBlob(repository, digest, path, signal)) return path
  return undefined
}

async function send(push: LayerPush, blob: Descriptor, asItIs: boolean, name: string): Promise<Descriptor> {
  const { containerd, repository, emit, signal } = push
  const often = throttled(emit)
  const hash = createHash('sha256')
  let size = 0
  let read = 0
  async function* source(): AsyncGenerator<Buffer> {
    for await (const chunk of containerd.content.read(blob.digest, { signal })) {
      read += chunk.length
      often(barMessage('Pushing', name, read, blob.size))
      yield chunk
    }
  }
  async function* sent(): AsyncGenerator<Buffer> {
    for await (const chunk of asItIs ? source() : gzipped(source())) {
      hash.update(chunk)
      size += chunk.length
      yield chunk
    }
  }
  let digest = ''
  const finish = (): string => (digest = `sha256:${hash.digest('hex')}`)
  await uploadBlob(repository, sent(), finish, signal)
  if (asItIs) return blob
  await containerd.content.label(blob.digest, { [gzipLabel]: `${digest} ${size}` })
  return { mediaType: mediaTypes.dockerLayerGzip, digest, size }
}

/** Ends with its source, and ends its source when it is left. */
async function* gzipped(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gzip = createGzip({ chunkSize: gzipChunk })
  const done = pipeline(Readable.from(source, { objectMode: false }), gzip)
  // Whoever reads gets the failure from the stream itself.
  done.catch(() => {})
  yield* gzip as AsyncIterable<Buffer>
  await done
}

/** Undefined while it is not known. */
async function compressedForm({ content }: Containerd, blob: Descriptor): Promise<Descriptor | undefined> {
  if (blob.mediaType !== mediaTypes.dockerLayer && blob.mediaType !== mediaTypes.ociLayer) return blob
  const [digest, size] = (await content.info(blob.digest)).labels[gzipLabel]?.split(' ') ?? []
  return digest === undefined ? undefined : { mediaType: mediaTypes.dockerLayerGzip, digest, size: Number(size) }
}
