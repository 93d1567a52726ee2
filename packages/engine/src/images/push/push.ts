import type { AuthConfig, ProgressMessage } from '@essaim/api-types'
import { invalid, notFound, shortId } from '@essaim/base'
import { Readable } from 'node:stream'
import type { Descriptor } from '../../containerd/index.js'
import { link, putBlob } from '../blobs.js'
import { layersOf } from '../layers.js'
import { chainIds, digestOf, mediaTypes } from '../manifest.js'
import { progressStream, stepMessage, type Emit } from '../progress.js'
import { withEndpoint, type PullContext } from '../pull/endpoint.js'
import { familiarRepository, parseReference, repositoryOf, type Reference } from '../reference.js'
import { backOff, isPassing, retryingIn } from '../registry/retry.js'
import type { Repository } from '../registry/repository.js'
import type { StoredImage } from '../store.js'
import { manifestBytes } from '../write-image.js'
import { pushLayer, type LayerPush } from './layer.js'
import { hasBlob, putManifest, uploadBlob } from './upload.js'

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
  const repository = familiarRepository(reference)
  const message =
    tag === undefined
      ? `An image does not exist locally with the tag: ${repository}`
      : `tag does not exist: ${repository}:${tag}`
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
    const pushed = await pushLayers(context, repository, { layers, domain: name.domain }, emit, signal)
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

/** All layers side by side, the topmost first, as far as the daemon's pushes may. One failure ends the others. */
async function pushLayers(
  { containerd, origins, uploads, registries }: PullContext,
  repository: Repository,
  image: { layers: { diffId: string; blob: Descriptor }[]; domain: string },
  emit: Emit,
  signal: AbortSignal,
): Promise<Descriptor[]> {
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  const push: LayerPush = { containerd, origins, repository, domain: image.domain, emit, signal: either }
  const one = async (diffId: string, blob: Descriptor): Promise<Descriptor> => {
    either.throwIfAborted()
    for (let attempt = 1; ; attempt++) {
      try {
        return await pushLayer(push, blob, diffId)
      } catch (error) {
        either.throwIfAborted()
        if (!isPassing(error) || attempt >= registries.downloadAttempts) throw error
        await backOff(attempt, (seconds) => emit(stepMessage(retryingIn(seconds), shortId(diffId))), either)
      }
    }
  }
  const topmostFirst = image.layers.toReversed()
  for (const { diffId } of topmostFirst) emit(stepMessage('Preparing', shortId(diffId)))
  const all = topmostFirst.map(({ diffId, blob }) => {
    if (uploads.full) emit(stepMessage('Waiting', shortId(diffId)))
    return uploads.run(() => one(diffId, blob))
  })
  try {
    return (await Promise.all(all)).toReversed()
  } catch (error) {
    stop.abort(new Error('another layer failed'))
    await Promise.allSettled(all)
    throw error
  }
}
