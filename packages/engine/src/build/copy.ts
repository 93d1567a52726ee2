import { invalid } from '@essaim/base'
import { open } from 'node:fs/promises'
import { createReadStream } from 'node:fs'
import { posix } from 'node:path'
import type { Layers } from '../containers/rootfs/layers.js'
import { decompressed } from '../images/load/decompress.js'
import { entriesOf, type Entry } from './entries.js'
import { root, type Owner } from './owner.js'
import type { Source } from './sources.js'

export interface CopyPlan {
  verb: 'COPY' | 'ADD'
  sources: Source[]
  texts: { name: string; content: string }[]
  /** As it is written: a slash at its end makes it a folder. */
  destination: string
  workingDir: string
  owner?: Owner
  mode?: number
  /** Archives among the sources are unpacked. */
  unpack: boolean
}

/** The entries of the layer that a `COPY` or `ADD` adds to an image. */
export async function copyEntries(plan: CopyPlan, image: Layers): Promise<Entry[]> {
  const { verb, sources, texts, destination, owner = root, mode } = plan
  const count = sources.length + texts.length
  if (count > 1 && !destination.endsWith('/') && destination !== '.') {
    const rule = 'the destination must be a directory and end with a /'
    throw invalid('build.copy', `When using ${verb} with more than one source file, ${rule}`)
  }
  const target = canonical(posix.resolve('/', plan.workingDir, destination), image).slice(1)
  const isFolder =
    destination.endsWith('/') || destination === '.' || (image.find(`/${target}`)?.stat.isDirectory() ?? false)
  const place = (base: string): string => (isFolder ? posix.join(target, base) : target)
  const copied: Entry[] = []
  for (const { path, stat, base } of sources) {
    if (stat.isDirectory()) copied.push(...entriesOf(path, stat, target, owner, mode))
    else if (plan.unpack && (await isArchive(path))) {
      copied.push({ kind: 'archive', name: target, path, ...(plan.owner && { owner: plan.owner }) })
    } else copied.push(...entriesOf(path, stat, place(base), owner, mode))
  }
  for (const { name, content } of texts) {
    const data = Buffer.from(content)
    copied.push({ kind: 'text', name: place(name), mode: mode ?? 0o644, owner, mtime: new Date(0), content: data })
  }
  const present = copied.filter(({ kind, name }) => kind !== 'folder' || !isRootOf(name, target, image))
  return [...missingFolders(present, target, image), ...present]
}

/** The path with the image's links followed, as far as it is there: a layer is applied without the ones below it. */
function canonical(path: string, image: Layers): string {
  const found = image.find(path)
  if (!found) return posix.join(canonical(posix.dirname(path), image), posix.basename(path))
  const folder = image.folders.find((one) => found.path === one || found.path.startsWith(`${one}/`)) ?? ''
  return found.path.slice(folder.length) || '/'
}

/** The destination itself keeps its mode and owner when it was there before. */
function isRootOf(name: string, target: string, image: Layers): boolean {
  return name === target && (image.find(`/${target}`)?.stat.isDirectory() ?? false)
}

/** Folders on the way to the entries that the image does not have. */
function missingFolders(entries: Entry[], target: string, image: Layers): Entry[] {
  const own = new Set(entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name))
  const missing = new Set<string>()
  for (const { kind, name } of entries) {
    const last = kind === 'archive' ? name : posix.dirname(name)
    for (let folder = last; folder !== '.' && folder !== '/' && folder !== ''; folder = posix.dirname(folder)) {
      if (own.has(folder) || missing.has(folder) || image.find(`/${folder}`)) break
      missing.add(folder)
    }
  }
  if (entries.length === 0 && target !== '' && !image.find(`/${target}`)) missing.add(target)
  const mtime = new Date(0)
  return [...missing].toSorted().map((name) => ({ kind: 'folder', name, mode: 0o755, owner: root, mtime }))
}

/** Whether a file is a tar, compressed or not: what `ADD` unpacks. */
async function isArchive(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0)
    if (isTarHeader(buffer.subarray(0, bytesRead))) return true
    const magic = [
      [0x1f, 0x8b],
      [0x42, 0x5a, 0x68],
      [0xfd, 0x37, 0x7a, 0x58],
      [0x28, 0xb5, 0x2f, 0xfd],
    ]
    if (!magic.some((bytes) => bytes.every((byte, index) => buffer[index] === byte))) return false
  } finally {
    await file.close()
  }
  const stop = new AbortController()
  const source = await decompressed(createReadStream(path), stop.signal)
  try {
    let head: Buffer = Buffer.alloc(0)
    for await (const chunk of source as AsyncIterable<Buffer>) {
      head = Buffer.concat([head, chunk])
      if (head.length >= 512) break
    }
    return isTarHeader(head)
  } catch {
    // What only looks compressed is copied as it is.
    return false
  } finally {
    source.on('error', () => {})
    stop.abort()
  }
}

const isTarHeader = (block: Buffer): boolean => block.length >= 512 && block.subarray(257, 262).toString() === 'ustar'
