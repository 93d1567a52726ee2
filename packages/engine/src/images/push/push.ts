import type { AuthConfig, ProgressMessage } from '@essaim/api-types'
import { invalid, notFound, shortId } from '@essaim/base'
import { createHash } from 'node:crypto'
import { createGzip } from 'node:zlib'
import { Readable } from 'node:stream'
import type { Descriptor } from '../../containerd/index.js'
import { link, putBlob } from '../blobs.js'
import { layersOf } from '../layers.js'
import { chainIds, digestOf, mediaTypes } from '../manifest.js'
import { barMessage, progressStream, stepMessage, throttled, type Emit } from '../progress.js'
import { withEndpoint, type PullContext } from '../pull/endpoint.js'
import { familiarRepository, parseReference, repositoryOf, type Reference } from '../reference.js'
import type { Repository } from '../registry/repository.js'
import type { StoredImage } from '../store.js'
import { manifestBytes } from '../write-image.js'
import { hasBlob, putManifest, uploadBlob } from './upload.js'

/** On an uncompressed layer: digest and size of what it becomes by compression, so that it is compressed once only. */
const gzipLabel = 'essaim.gzip'

interface Job {
  image: StoredImage
  name: Reference
}

/** `docker push`: one tag, or all tags of the repository. */
export async function push(
  context: PullContext,
  ref: string,
  options: { tag?: string; auth?: AuthConfig },
  signal: AbortSignal,
): Promise<AsyncIterable<ProgressMessage>> {
  const reference = parseReference(ref)
  if (reference.digest !== undefined) throw invalid('image.push', 'cannot push a digest reference')
  const tag = options.tag === undefined || options.tag === '' ? reference.tag : options.tag
  return await progressStream(async (emit) => {
    emit({ status: `The push refers to repository [${repositoryOf(reference)}]` })
    const jobs = await jobsOf(context, reference, tag)
    const settings = { actions: 'pull,push', signal, ...(options.auth && { auth: options.auth }) }
    await withEndpoint(context, reference, settings, async (repository) => {
      for (const job of jobs) await pushOne(context, repository, job, emit, signal)
    })
  })
}

async function jobsOf({ store }: PullContext, reference: Reference, tag: string | undefined): Promise<Job[]> {
  const fits = (name: Reference): boolean =>
    repositoryOf(name) === repositoryOf(reference) && (tag === undefined || name.tag === tag)
  const jobs = (await store.list()).flatMap((image) => image.tags.filter(fits).map((name) => ({ image, name })))
  if (jobs.length > 0) return jobs
  const message = `An image does not exist locally with the tag: ${familiarRepository(reference)}`
  throw notFound('image.unknown', message)
}

async function pushOne(
  context: PullContext,
  repository: Repository,
  { image, name }: Job,
  emit: Emit,
  signal: AbortSignal,
): Promise<void> {
  const { store, containerd, events } = context
  const document = await store.document(image.id)
  await containerd.leases.during('push', async (lease) => {
    const layers = await layersOf(context, image.target, document, lease)
    for (const { diffId } of layers.toReversed()) emit(stepMessage('Preparing', shortId(diffId)))
    const pushed: Descriptor[] = []
    for (const { diffId, blob } of layers) {
      pushed.push(await pushLayer(context, repository, blob, shortId(diffId), emit, signal))
    }
    const config = await containerd.content.readAll(image.id)
    if (!(await hasBlob(repository, image.id, signal))) {
      await uploadBlob(repository, Readable.from([config]), () => image.id, signal)
    }
    const same = pushed.every(({ digest }, index) => digest === layers[index]?.blob.digest)
    const data = same
      ? await containerd.content.readAll(image.target.digest)
      : manifestBytes({ id: image.id, size: config.length }, pushed)
    const mediaType = same ? image.target.mediaType : mediaTypes.dockerManifest
    const tag = name.tag ?? ''
    await putManifest(repository, tag, mediaType, data, signal)
    const digest = digestOf(data)
    await putBlob(containerd, data, lease)
    const configuration = { mediaType: mediaTypes.dockerConfig, digest: image.id, size: config.length }
    await link(containerd, { digest, config: configuration, layers: pushed, chain: chainIds(document.rootfs.diff_ids) })
    const { domain, path } = name
    await store.name({ domain, path, digest }, image.id, { mediaType, digest, size: data.length }, { lease })
    emit({ status: `${tag}: digest: ${digest} size: ${data.length}` })
    emit({ progressDetail: {}, aux: { Tag: tag, Digest: digest, Size: data.length } })
    events.publish('image', 'push', `${familiarRepository(name)}:${tag}`, {
      ...document.config.Labels,
      name: familiarRepository(name),
    })
  })
}

/** What an uncompressed layer is in the registry: compressed. */
async function pushLayer(
  { containerd }: PullContext,
  repository: Repository,
  blob: Descriptor,
  name: string,
  emit: Emit,
  signal: AbortSignal,
): Promise<Descriptor> {
  const often = throttled(emit)
  const known = await compressedForm(containerd.content, blob)
  if (known && (await hasBlob(repository, known.digest, signal))) {
    emit(stepMessage('Layer already exists', name))
    return known
  }
  const compress = known?.digest !== blob.digest
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
    const stream = compress ? Readable.from(source(), { objectMode: false }).pipe(createGzip()) : source()
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hash.update(chunk)
      size += chunk.length
      yield chunk
    }
  }
  let digest = ''
  const finish = (): string => (digest = `sha256:${hash.digest('hex')}`)
  await uploadBlob(repository, sent(), finish, signal)
  if (compress) await containerd.content.label(blob.digest, { [gzipLabel]: `${digest} ${size}` })
  emit(stepMessage('Pushed', name))
  return compress ? { mediaType: mediaTypes.dockerLayerGzip, digest, size } : blob
}

/** Undefined while it is not known. */
async function compressedForm(
  content: PullContext['containerd']['content'],
  blob: Descriptor,
): Promise<Descriptor | undefined> {
  if (blob.mediaType !== mediaTypes.dockerLayer && blob.mediaType !== mediaTypes.ociLayer) return blob
  const [digest, size] = (await content.info(blob.digest)).labels[gzipLabel]?.split(' ') ?? []
  return digest === undefined ? undefined : { mediaType: mediaTypes.dockerLayerGzip, digest, size: Number(size) }
}
