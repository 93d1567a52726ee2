import type { Image } from './contract.js'
import { chainIds } from './manifest.js'
import type { ImageStore } from './store.js'

/** An image as containers see it. Throws `No such image: REF`. */
export async function resolveImage(store: ImageStore, ref: string): Promise<Image> {
  const id = await store.idOf(ref)
  const { config, os, architecture, rootfs } = await store.document(id)
  return { id, chainId: chainIds(rootfs.diff_ids).at(-1) ?? '', config, os, architecture }
}
