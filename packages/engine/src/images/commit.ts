import { ContainerConfig, decode, type ImageConfig } from '@essaim/api-types'
import { nowNano } from '@essaim/base'
import { randomUUID } from 'node:crypto'
import { applyChanges } from '../build/config.js'
import { tolerate, type Descriptor } from '../containerd/index.js'
import type { ImagesContext } from './context.js'
import type { Committable, CommitSource } from './contract.js'
import { chainIds, isIndex, mediaTypes, parseManifest, type ImageDocument } from './manifest.js'
import { familiarName, parseRepoTag } from './reference.js'
import { writeImage } from './write-image.js'
import { blobOf } from './blobs.js'

export interface CommitOptions {
  container: string
  repo?: string
  tag?: string
  comment: string
  author: string
  pause: boolean
  changes: string[]
  /** Laid over the container's own configuration. */
  config?: unknown
}

/** `docker commit`: the container's image with one more layer, what the container has changed. */
export async function commit(
  context: ImagesContext & { commits: CommitSource },
  options: CommitOptions,
): Promise<{ Id: string }> {
  const { store, events, containerd } = context
  const name =
    options.repo === undefined || options.repo === '' ? undefined : parseRepoTag(options.repo, options.tag ?? '')
  const container = await context.commits.forCommit(options.container)
  const given = options.config === undefined ? {} : imageConfigOf(decode(ContainerConfig, options.config))
  const config = applyChanges({ ...container.config, ...given }, options.changes)
  return await containerd.leases.during('commit', async (lease) => {
    const work = (): Promise<Descriptor> => changesOf(context, container, lease)
    const layer = options.pause ? await container.paused(work) : await work()
    const parent = await store.document(container.imageId)
    const created = nowNano()
    const image = {
      config,
      layers: [...(await layersOf(context, container.imageId, parent, lease)), { diffId: layer.digest, blob: layer }],
      history: [
        ...parent.history,
        {
          created,
          created_by: container.command.join(' '),
          ...(options.author !== '' && { author: options.author }),
          ...(options.comment !== '' && { comment: options.comment }),
        },
      ],
      created,
      author: options.author,
      platform: { os: parent.os, architecture: parent.architecture },
    }
    const { id, target } = await writeImage(context, image, lease)
    if (name) await store.name(name, id, target, { lease })
    const imageRef = name ? familiarName(name) : ''
    events.publish('container', 'commit', container.id, {
      ...container.attributes,
      comment: options.comment,
      imageID: id,
      imageRef,
    })
    return { Id: id }
  })
}

/** The layers of an image that is here, as a new image can build on them. The lease holds them from now on. */
export async function layersOf(
  { containerd, store }: ImagesContext,
  id: string,
  document: ImageDocument,
  lease: string,
): Promise<{ diffId: string; blob: Descriptor }[]> {
  const { target } = await store.get(id)
  await containerd.leases.add(lease, { id: target.digest, type: 'content' })
  const manifest = parseManifest(await containerd.content.readAll(target.digest))
  const layers = isIndex(manifest) ? [] : manifest.layers
  const chain = chainIds(document.rootfs.diff_ids)
  return await Promise.all(
    layers.map(async (layer, index) => {
      const digest = await blobOf(containerd, layer.digest, chain[index] ?? '')
      const diffId = document.rootfs.diff_ids[index] ?? ''
      if (digest === layer.digest) return { diffId, blob: layer }
      const { size } = await containerd.content.info(digest)
      const mediaType = digest === diffId ? mediaTypes.dockerLayer : mediaTypes.dockerLayerGzip
      return { diffId, blob: { mediaType, digest, size } }
    }),
  )
}

/** What a container's snapshot has other than its image, as an uncompressed layer. */
async function changesOf({ containerd }: ImagesContext, container: Committable, lease: string): Promise<Descriptor> {
  const { snapshots, diff } = containerd
  const view = `commit-${randomUUID()}`
  const { parent } = await snapshots.stat(container.snapshotKey)
  const left = await snapshots.view(view, parent, {}, { lease })
  try {
    const right = await snapshots.mounts(container.snapshotKey)
    const { digest, size } = await diff.diff({ left, right, mediaType: mediaTypes.ociLayer, ref: view }, { lease })
    return { mediaType: mediaTypes.dockerLayer, digest, size }
  } finally {
    await tolerate(snapshots.remove(view), 'NOT_FOUND')
  }
}

/** A container's configuration without what is only its own. */
function imageConfigOf(config: ContainerConfig): ImageConfig {
  const {
    User,
    ExposedPorts,
    Env,
    Cmd,
    Healthcheck,
    Volumes,
    WorkingDir,
    Entrypoint,
    OnBuild,
    Labels,
    StopSignal,
    Shell,
  } = config
  const all = {
    User,
    ExposedPorts,
    Env,
    Cmd,
    Healthcheck,
    Volumes,
    WorkingDir,
    Entrypoint,
    OnBuild,
    Labels,
    StopSignal,
    Shell,
  }
  const isSet = ([, value]: [string, unknown]): boolean =>
    value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)
  return Object.fromEntries(Object.entries(all).filter(isSet))
}
