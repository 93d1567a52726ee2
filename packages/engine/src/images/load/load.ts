import type { ProgressMessage } from '@essaim/api-types'
import { invalid, notFound, shortId } from '@essaim/base'
import type { Readable } from 'node:stream'
import type { Descriptor } from '../../containerd/index.js'
import { link } from '../blobs.js'
import type { ImagesContext } from '../context.js'
import { chainIds } from '../manifest.js'
import { formatPlatform, hostPlatform, parsePlatform } from '../platform.js'
import { barMessage, progressStream, type Emit } from '../progress.js'
import { familiarName, withDefaultTag, type Reference } from '../reference.js'
import { writeManifest } from '../write-image.js'
import { Archive } from './archive.js'
import { dockerImages, type ArchivedImage } from './docker-archive.js'
import { ociImages } from './oci-layout.js'

/** `docker load`: archives of `docker save` and OCI layouts, compressed or not. */
export async function load(
  context: ImagesContext,
  tar: Readable,
  options: { quiet: boolean; platform?: string },
  signal: AbortSignal,
): Promise<AsyncIterable<ProgressMessage>> {
  return await progressStream(
    async (emit) => {
      await context.containerd.leases.during('load', async (lease) => {
        const archive = await Archive.read(context.containerd, tar, lease, signal)
        const images = await imagesOf(archive, options.platform)
        for (const image of images) await install(context, image, lease, options.quiet ? () => {} : emit, emit, signal)
      })
    },
    { eager: true },
  )
}

/** Those of the platform that is wanted, or of the host's own. Throws where the archive has no such image. */
async function imagesOf(archive: Archive, wanted: string | undefined): Promise<ArchivedImage[]> {
  if (wanted === undefined && archive.file('manifest.json')) return await dockerImages(archive)
  if (wanted === undefined) return await ociImages(archive, hostPlatform())
  const platform = parsePlatform(wanted)
  const images = archive.file('index.json') ? await ociImages(archive, platform) : await dockerImages(archive)
  for (const { document } of images) {
    // What is not in an index of platforms says of itself what it is for.
    if (document.os === platform.os && document.architecture === platform.architecture) continue
    const why = `image in the archive does not provide the specified platform (${formatPlatform(platform)})`
    throw notFound('image.platform', why, { hint: `it is for ${formatPlatform(document)}` })
  }
  return images
}

async function install(
  context: ImagesContext,
  image: ArchivedImage,
  lease: string,
  progress: Emit,
  emit: Emit,
  signal: AbortSignal,
): Promise<void> {
  const { store, events } = context
  const { os } = image.document
  if (os !== 'linux') throw invalid('image.os', `cannot load ${os} image on linux`)
  const target = await unpackArchived(context, image, lease, progress, signal)
  await store.put(image.id, target, { lease })
  for (const name of image.names.map(withDefaultTag)) {
    await takeName(context, name, image.id, target, emit)
    emit({ stream: `Loaded image: ${familiarName(name)}\n` })
  }
  if (image.names.length === 0) emit({ stream: `Loaded image ID: ${image.id}\n` })
  events.publish('image', 'load', image.id, { ...image.document.config.Labels, name: image.id })
}

async function unpackArchived(
  context: ImagesContext,
  image: ArchivedImage,
  lease: string,
  progress: Emit,
  signal: AbortSignal,
): Promise<Descriptor> {
  const { containerd, unpacker } = context
  const diffIds = image.document.rootfs.diff_ids
  const layers = image.layers.map((blob, index) => ({ diffId: diffIds[index] ?? '', blob: async () => blob }))
  const report = (index: number, part: number): void => {
    const { size = 0 } = image.layers[index] ?? {}
    progress(barMessage('Loading layer', shortId(diffIds[index] ?? ''), Math.ceil(size * part), size))
  }
  const watch = {
    extracting: (index: number) => report(index, 1 / 64),
    extracted: (index: number) => report(index, 1),
  }
  await unpacker.unpack(layers, lease, watch, signal)
  const target =
    image.manifest ?? (await writeManifest(context, { id: image.id, size: image.config.size }, image.layers, lease))
  const { config, layers: blobs } = image
  await link(containerd, { digest: target.digest, config, layers: blobs, chain: chainIds(diffIds) })
  return target
}

async function takeName(
  { store }: ImagesContext,
  name: Reference,
  id: string,
  target: Descriptor,
  emit: Emit,
): Promise<void> {
  const before = await store.name(name, id, target)
  if (before === undefined) return
  emit({
    stream: `The image ${familiarName(name)} already exists, renaming the old one with ID ${before} to empty string\n`,
  })
}
