import type { Containerd } from '../containerd/index.js'

/** On a layer's snapshot: the bytes of its uncompressed tar. */
export const sizeLabel = 'essaim.size'

/** Bytes of one layer, uncompressed. */
export async function layerSize({ snapshots }: Containerd, chainId: string): Promise<number> {
  const { labels } = await snapshots.stat(chainId)
  const label = labels[sizeLabel]
  return label === undefined ? (await snapshots.usage(chainId)).size : Number(label)
}
