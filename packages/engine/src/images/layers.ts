import type { Descriptor } from '../containerd/index.js'
import { blobOf, headOf } from './blobs.js'
import type { ImagesContext } from './context.js'
import { chainIds, isIndex, layerMediaType, mediaTypes, parseManifest, type ImageDocument } from './manifest.js'

/** The layers of an image that is here, as a new image can build on them. The lease holds them from now on. */
export async function layersOf(
  { containerd }: Pick<ImagesContext, 'containerd'>,
  target: Descriptor,
  document: ImageDocument,
  lease: string,
): Promise<{ diffId: string; blob: Descriptor }[]> {
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
      const mediaType = digest === diffId ? mediaTypes.dockerLayer : layerMediaType(await headOf(containerd, digest))
      return { diffId, blob: { mediaType, digest, size } }
    }),
  )
}
