import { createHash, type Hash } from 'node:crypto'
import { createReadStream, readdirSync, readlinkSync, lstatSync, type Stats } from 'node:fs'
import { join, posix } from 'node:path'
import { extract, pack, type Header, type Pack } from 'tar-stream'
import { Readable } from 'node:stream'
import type { Descriptor } from '../containerd/index.js'
import { writeBlob } from '../images/blobs.js'
import type { ImagesContext } from '../images/context.js'
import { decompressed } from '../images/load/decompress.js'
import { mediaTypes } from '../images/manifest.js'
import type { Owner } from './owner.js'

/** One thing in a layer that a build writes. `name` has no leading slash. */
export type Entry =
  | { kind: 'folder'; name: string; mode: number; owner: Owner; mtime: Date }
  | { kind: 'link'; name: string; target: string; owner: Owner; mtime: Date }
  | { kind: 'file'; name: string; mode: number; owner: Owner; mtime: Date; path: string; size: number }
  | { kind: 'text'; name: string; mode: number; owner: Owner; mtime: Date; content: Buffer }
  /** A tar, compressed or not, whose content goes into the folder `name`; without an owner it keeps its own. */
  | { kind: 'archive'; name: string; path: string; owner?: Owner }

/** A file or folder of this host, and all that is below it. Sockets and devices are left out. */
export function* entriesOf(path: string, stat: Stats, name: string, owner: Owner, mode?: number): Generator<Entry> {
  const common = { name, owner, mtime: stat.mtime }
  if (stat.isSymbolicLink()) yield { kind: 'link', ...common, target: readlinkSync(path) }
  else if (stat.isFile()) yield { kind: 'file', ...common, mode: mode ?? stat.mode & 0o7777, path, size: stat.size }
  else if (stat.isDirectory()) {
    if (name !== '') yield { kind: 'folder', ...common, mode: mode ?? stat.mode & 0o7777 }
    for (const child of readdirSync(path).toSorted()) {
      const below = join(path, child)
      yield* entriesOf(below, lstatSync(below), posix.join(name, child), owner, mode)
    }
  }
}

/** What the entries are, whenever they were written: times do not count. */
export async function hashEntries(entries: Entry[]): Promise<string> {
  const hash = createHash('sha256')
  for (const entry of entries) {
    const { kind, name, owner } = entry
    const about = {
      kind,
      name,
      owner,
      ...('mode' in entry && { mode: entry.mode }),
      ...(kind === 'link' && { target: entry.target }),
    }
    hash.update(`${JSON.stringify(about)}\n`)
    if (kind === 'file' || kind === 'archive') await hashFile(hash, entry.path)
    if (kind === 'text') hash.update(entry.content)
  }
  return hash.digest('hex')
}

async function hashFile(hash: Hash, path: string): Promise<void> {
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer)
}

/** As `writeLayer`; a layer of nothing still has the root in it. */
export async function layerOf(
  images: ImagesContext,
  entries: Entry[],
  lease: string,
  signal: AbortSignal,
): Promise<Descriptor> {
  const nothing: Entry = { kind: 'folder', name: '', mode: 0o755, owner: { uid: 0, gid: 0 }, mtime: new Date(0) }
  return await writeLayer(images, entries.length > 0 ? entries : [nothing], lease, signal)
}

/** Writes the entries as a layer into the content store. */
async function writeLayer(
  { containerd }: ImagesContext,
  entries: Entry[],
  lease: string,
  signal: AbortSignal,
): Promise<Descriptor> {
  const tar = pack()
  const filled = (async () => {
    for (const entry of entries) await writeEntry(tar, entry, signal)
    tar.finalize()
  })()
  filled.catch((error: Error) => tar.destroy(error))
  const source = Readable.from(tar, { objectMode: false })
  const [{ digest, size }] = await Promise.all([writeBlob(containerd, source, lease, signal), filled])
  return { mediaType: mediaTypes.dockerLayer, digest, size }
}

async function writeEntry(tar: Pack, entry: Entry, signal: AbortSignal): Promise<void> {
  if (entry.kind === 'archive') return await copyArchive(tar, entry, signal)
  const { name, owner, mtime } = entry
  const header = { name, uid: owner.uid, gid: owner.gid, mtime }
  switch (entry.kind) {
    case 'folder':
      return await put(tar, { ...header, name: `${name}/`, type: 'directory', mode: entry.mode })
    case 'link':
      return await put(tar, { ...header, type: 'symlink', linkname: entry.target, mode: 0o777 })
    case 'text':
      return await put(tar, { ...header, mode: entry.mode, size: entry.content.length }, Readable.from([entry.content]))
    case 'file':
      return await put(tar, { ...header, mode: entry.mode, size: entry.size }, createReadStream(entry.path))
  }
}

async function put(tar: Pack, header: Partial<Header> & { name: string }, body?: Readable): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const sink = tar.entry(header, (error) => (error ? reject(error) : resolve()))
    // What has no content is complete with its header.
    if (!body) return
    body.on('error', reject)
    body.pipe(sink)
  })
}

async function copyArchive(tar: Pack, entry: Entry & { kind: 'archive' }, signal: AbortSignal): Promise<void> {
  const entries = extract()
  const source = await decompressed(createReadStream(entry.path), signal)
  source.on('error', (error) => entries.destroy(error))
  source.pipe(entries)
  for await (const item of entries) {
    const header = item.header
    const name = posix.join(entry.name, posix.normalize(`/${header.name}`))
    const linkname =
      header.type === 'link' ? posix.join(entry.name, posix.normalize(`/${header.linkname ?? ''}`)) : header.linkname
    const moved = { ...header, name, ...(linkname !== undefined && { linkname }), ...entry.owner }
    if (name === entry.name || name === '') item.resume()
    else if (header.type === 'file' || header.type === 'contiguous-file') await put(tar, moved, Readable.from(item))
    else {
      await put(tar, moved)
      item.resume()
    }
  }
}
