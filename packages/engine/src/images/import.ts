import type { ProgressMessage } from '@essaim/api-types'
import { nowNano } from '@essaim/base'
import type { Readable } from 'node:stream'
import { applyChanges } from '../build/config.js'
import { writeBlob } from './blobs.js'
import type { ImagesContext } from './context.js'
import { decompressed } from './load/decompress.js'
import { explainTar } from './load/explain.js'
import { mediaTypes } from './manifest.js'
import { parsePlatform } from './platform.js'
import { progressStream } from './progress.js'
import { familiarName, parseRepoTag } from './reference.js'
import { writeImage } from './write-image.js'

export interface ImportOptions {
  repo?: string
  tag?: string
  message: string
  changes: string[]
  platform?: string
}

/** `docker import`: a tar of a whole file system becomes an image of one layer. */
export async function importTar(
  context: ImagesContext,
  tar: Readable,
  options: ImportOptions,
  signal: AbortSignal,
): Promise<AsyncIterable<ProgressMessage>> {
  const { containerd, events, store } = context
  const name =
    options.repo === undefined || options.repo === '' ? undefined : parseRepoTag(options.repo, options.tag ?? '')
  const config = applyChanges({}, options.changes)
  const platform = options.platform === undefined ? undefined : parsePlatform(options.platform)
  return await progressStream(async (emit) => {
    const id = await containerd.leases.during('import', async (lease) => {
      const plain = await decompressed(tar, signal)
      const { digest, size } = await writeBlob(containerd, plain, lease, signal).catch((error: unknown) => {
        throw signal.aborted ? signal.reason : explainTar(error)
      })
      const created = nowNano()
      const image = {
        config,
        layers: [{ diffId: digest, blob: { mediaType: mediaTypes.dockerLayer, digest, size } }],
        history: [{ created, comment: options.message }],
        created,
        ...(platform && { platform }),
      }
      const written = await writeImage(context, image, lease)
      if (name) await store.name(name, written.id, written.target, { lease })
      return written.id
    })
    emit({ status: id })
    events.publish('image', 'import', id, { ...config.Labels, name: name ? familiarName(name) : id })
  })
}
