import { internal, invalid, KeyedLock } from '@essaim/base'
import { randomUUID } from 'node:crypto'
import { ContainerdError, isCode, tolerate, type Containerd, type Descriptor } from '../containerd/index.js'
import { explainTar } from './load/explain.js'
import { headOf } from './blobs.js'
import { chainIds, layerMediaType } from './manifest.js'
import { sizeLabel } from './layer-size.js'
import { blobLabel } from './store.js'

export interface LayerSource {
  diffId: string
  /** Resolves when the blob is in the content store. */
  blob: () => Promise<Descriptor>
}

export interface UnpackWatch {
  /** The layer is there already. */
  exists?: (index: number) => void
  extracting?: (index: number) => void
  extracted?: (index: number) => void
}

/**
 * Turns layers into snapshots named by their chain ids. A layer that two images share is unpacked once, also when both
 * arrive at the same time.
 */
export class Unpacker {
  readonly #locks = new KeyedLock()

  constructor(private readonly containerd: Containerd) {}

  /** Lowest layer first; a blob is asked for only when its snapshot is missing. Everything made is under the lease. */
  async unpack(layers: LayerSource[], lease: string, watch: UnpackWatch = {}, signal?: AbortSignal): Promise<void> {
    const chain = chainIds(layers.map(({ diffId }) => diffId))
    for (const [index, layer] of layers.entries()) {
      const chainId = chain[index] ?? ''
      const parent = chain[index - 1] ?? ''
      await this.#locks.run(chainId, async () => {
        signal?.throwIfAborted()
        if (await this.has(chainId, lease)) return watch.exists?.(index)
        const blob = await layer.blob()
        watch.extracting?.(index)
        await this.#extract({ index, chainId, parent, diffId: layer.diffId, blob }, lease, signal)
        watch.extracted?.(index)
      })
    }
  }

  /** Whether the snapshot is there; if so the lease holds it from now on. */
  async has(chainId: string, lease: string): Promise<boolean> {
    const { snapshots, leases } = this.containerd
    await leases.add(lease, { id: chainId, type: `snapshots/${snapshots.snapshotter}` })
    try {
      await snapshots.stat(chainId)
      return true
    } catch (error) {
      if (isCode(error, 'NOT_FOUND')) return false
      throw error
    }
  }

  async #extract(
    layer: { index: number; chainId: string; parent: string; diffId: string; blob: Descriptor },
    lease: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const { snapshots, diff } = this.containerd
    const options = { lease, ...(signal && { signal }) }
    const key = `extract-${randomUUID()} ${layer.chainId}`
    const mounts = await snapshots.prepare(key, layer.parent, {}, options)
    try {
      // What a layer is compressed with is told by its bytes, whatever its manifest says.
      const mediaType = layerMediaType(await headOf(this.containerd, layer.blob.digest, options))
      const applied = await diff.apply({ ...layer.blob, mediaType }, mounts, options)
      if (applied.digest !== layer.diffId) {
        const [expected, got] = [JSON.stringify(layer.diffId), JSON.stringify(applied.digest)]
        throw invalid('image.diff-id', `invalid diffID for layer ${layer.index}: expected ${expected}, got ${got}`)
      }
      const labels = { [sizeLabel]: String(applied.size), [blobLabel]: layer.blob.digest }
      await snapshots.commit(layer.chainId, key, labels, options)
    } catch (error) {
      await tolerate(snapshots.remove(key), 'NOT_FOUND', 'UNAVAILABLE')
      if (!isCode(error, 'ALREADY_EXISTS')) throw explain(error)
    }
  }
}

/** The errors of unpacking that a user can do something about, without containerd's internals. */
function explain(error: unknown): unknown {
  const explained = explainTar(error)
  if (explained !== error || !(error instanceof ContainerdError)) return explained
  return internal('image.unpack', error.message.replace(/^mount callback failed on \S+: /, ''), { cause: error })
}
