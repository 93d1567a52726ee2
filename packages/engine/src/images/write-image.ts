import type { ImageConfig } from '@essaim/api-types'
import type { Descriptor } from '../containerd/index.js'
import { link, putBlob } from './blobs.js'
import type { ImagesContext } from './context.js'
import { chainIds, digestOf, mediaTypes, type HistoryEntry, type Manifest } from './manifest.js'
import { hostPlatform, type Platform } from './platform.js'

export interface NewImage {
  config: ImageConfig
  /** Lowest first, their blobs in the content store. */
  layers: { blob: Descriptor; diffId: string }[]
  history: HistoryEntry[]
  /** RFC 3339. */
  created: string
  author?: string
  platform?: Platform
}

/** Makes an image that was never anywhere else, and makes it known. Everything is under the lease. */
export async function writeImage(
  context: ImagesContext,
  image: NewImage,
  lease: string,
): Promise<{ id: string; target: Descriptor }> {
  const { id, target } = await composeImage(context, image, lease)
  await context.store.put(id, target, { lease })
  return { id, target }
}

/** Writes and unpacks an image that only the lease knows of. */
export async function composeImage(
  context: ImagesContext,
  image: NewImage,
  lease: string,
): Promise<{ id: string; target: Descriptor }> {
  const { containerd, unpacker } = context
  const { os, architecture, variant } = image.platform ?? hostPlatform()
  const diffIds = image.layers.map(({ diffId }) => diffId)
  const document = Buffer.from(
    JSON.stringify({
      architecture,
      ...(variant !== undefined && { variant }),
      os,
      created: image.created,
      ...(image.author !== undefined && image.author !== '' && { author: image.author }),
      config: image.config,
      rootfs: { type: 'layers', diff_ids: diffIds },
      history: image.history,
    }),
  )
  const id = digestOf(document)
  await unpacker.unpack(
    image.layers.map(({ diffId, blob }) => ({ diffId, blob: async () => blob })),
    lease,
  )
  await putBlob(containerd, document, lease)
  const target = await writeManifest(
    context,
    { id, size: document.length },
    image.layers.map(({ blob }) => blob),
    lease,
  )
  const config = { mediaType: mediaTypes.dockerConfig, digest: id, size: document.length }
  const layers = image.layers.map(({ blob }) => blob)
  await link(containerd, { digest: target.digest, config, layers, chain: chainIds(diffIds) })
  return { id, target }
}

/** A manifest of our own making: the same every time for the same blobs. */
export async function writeManifest(
  { containerd }: ImagesContext,
  config: { id: string; size: number },
  layers: Descriptor[],
  lease: string,
): Promise<Descriptor> {
  const data = manifestBytes(config, layers)
  return { mediaType: mediaTypes.dockerManifest, digest: await putBlob(containerd, data, lease), size: data.length }
}

export function manifestBytes(config: { id: string; size: number }, layers: Descriptor[]): Buffer {
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.dockerManifest,
    config: { mediaType: mediaTypes.dockerConfig, digest: config.id, size: config.size },
    layers: layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  }
  return Buffer.from(JSON.stringify(manifest))
}
