import { sleep } from '@essaim/base'
import { createHash, randomUUID } from 'node:crypto'
import { isCode, tolerate, type CallOptions, type Containerd, type Descriptor } from '../containerd/index.js'
import { digestOf } from './manifest.js'
import { blobLabel } from './store.js'

/** containerd acknowledges each message: fewer, larger ones are faster. */
const chunkSize = 1 << 20

export interface WrittenBlob {
  digest: string
  size: number
  /** The first bytes, enough to tell how it is compressed. */
  head: Buffer
}

/** Writes a small blob that is held in memory. */
export async function putBlob(
  containerd: Containerd,
  data: Buffer,
  lease: string,
  labels: Record<string, string> = {},
): Promise<string> {
  const digest = digestOf(data)
  await keep(containerd, digest, lease)
  await using writer = containerd.content.writer(`put-${randomUUID()}`, { lease })
  try {
    // What another user of the same containerd has written already is there from the start.
    const there = await writer.open({ digest, size: data.length })
    if (there < data.length) await writer.write(data.subarray(there))
    await writer.commit({ digest, size: data.length }, labels)
  } catch (error) {
    if (!isCode(error, 'ALREADY_EXISTS')) throw error
    if (Object.keys(labels).length > 0) await containerd.content.label(digest, labels)
  }
  return digest
}

/** Writes a stream of unknown digest and any length, of which at most 1 MiB is held in memory. */
export async function writeBlob(
  containerd: Containerd,
  source: AsyncIterable<Buffer>,
  lease: string,
  signal?: AbortSignal,
): Promise<WrittenBlob> {
  const ref = `write-${randomUUID()}`
  const hash = createHash('sha256')
  let head: Buffer = Buffer.alloc(0)
  await using writer = containerd.content.writer(ref, { lease, ...(signal && { signal }) })
  await writer.open()
  try {
    for await (const chunk of chunked(source)) {
      signal?.throwIfAborted()
      if (head.length === 0) head = Buffer.from(chunk.subarray(0, 4))
      hash.update(chunk)
      await writer.write(chunk)
    }
    const blob = { digest: `sha256:${hash.digest('hex')}`, size: writer.offset, head: Buffer.concat([head], 4) }
    await keep(containerd, blob.digest, lease)
    await tolerate(writer.commit(blob), 'ALREADY_EXISTS')
    return blob
  } catch (error) {
    await tolerate(containerd.content.abort(ref), 'NOT_FOUND', 'UNAVAILABLE')
    throw error
  }
}

/**
 * Puts a blob under the lease, there or not yet. Before it is committed: one that is there already, held by nobody, is
 * else collected between the commit's answer and the lease.
 */
function keep(containerd: Containerd, digest: string, lease: string): Promise<void> {
  return containerd.leases.add(lease, { id: digest, type: 'content' })
}

/** Puts under the lease what may have been there before; false when it is not there. */
export async function hold(containerd: Containerd, digest: string, lease: string): Promise<boolean> {
  await keep(containerd, digest, lease)
  try {
    await containerd.content.info(digest)
    return true
  } catch (error) {
    if (isCode(error, 'NOT_FOUND')) return false
    throw error
  }
}

/** Pieces of 1 MiB, and what came before a failure. A piece is overwritten by the next one. */
export async function* chunked(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const buffer = Buffer.allocUnsafe(chunkSize)
  let filled = 0
  let failure: { error: unknown } | undefined
  try {
    for await (const data of source) {
      for (let at = 0; at < data.length;) {
        const copied = data.copy(buffer, filled, at)
        filled += copied
        at += copied
        if (filled < chunkSize) continue
        yield buffer
        filled = 0
      }
    }
  } catch (error) {
    failure = { error }
  }
  if (filled > 0) yield buffer.subarray(0, filled)
  if (failure) throw failure.error
}

/** Waits while another writer, such as one whose process was killed just now, still holds the ref. */
export async function whileLocked<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  for (let left = 50; ; left--) {
    try {
      return await work()
    } catch (error) {
      if (left === 0 || !isCode(error, 'UNAVAILABLE') || !error.message.includes('locked')) throw error
      await sleep(100, signal)
    }
  }
}

/** Makes manifest, config and layers one: while the manifest is held, all are. */
export async function link(
  containerd: Containerd,
  manifest: { digest: string; config: Descriptor; layers: Descriptor[]; chain: string[] },
): Promise<void> {
  const { config, layers, chain } = manifest
  const blobs = await Promise.all(layers.map(({ digest }, index) => blobOf(containerd, digest, chain[index] ?? '')))
  await containerd.content.label(manifest.digest, {
    'containerd.io/gc.ref.content.config': config.digest,
    ...Object.fromEntries(blobs.map((digest, index) => [`containerd.io/gc.ref.content.l.${index}`, digest])),
  })
  const top = chain.at(-1)
  if (top === undefined) return
  await containerd.content.label(config.digest, { [`containerd.io/gc.ref.snapshot.${containerd.snapshotter}`]: top })
}

/**
 * The blob of a layer that is unpacked. Another image may have brought the same layer, compressed otherwise; then that
 * blob stands for it.
 */
export async function blobOf(containerd: Containerd, digest: string, chainId: string): Promise<string> {
  try {
    await containerd.content.info(digest)
    return digest
  } catch (error) {
    if (!isCode(error, 'NOT_FOUND')) throw error
    return (await containerd.snapshots.stat(chainId)).labels[blobLabel] ?? digest
  }
}

/** Enough of a blob to tell how it is compressed. */
export async function headOf({ content }: Containerd, digest: string, options?: CallOptions): Promise<Buffer> {
  for await (const chunk of content.read(digest, options)) return Buffer.concat([chunk], 4)
  return Buffer.alloc(4)
}
