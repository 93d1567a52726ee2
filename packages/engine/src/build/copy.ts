import { IgnoreRules, invalid } from '@essaim/base'
import { posix } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { Layers } from '../containers/rootfs/layers.js'
import { isArchive } from './archive.js'
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
  /** The layer does not look at what is below it: its folders are its own. */
  isLinked: boolean
  /** Patterns of what is left out of the sources. */
  excluded: string[]
}

/** The entries of the layer that a `COPY` or `ADD` adds to an image. */
export async function copyEntries(plan: CopyPlan, image: Layers): Promise<Entry[]> {
  const { verb, sources, texts, destination, owner = root, mode, isLinked } = plan
  const below = isLinked ? new Layers([]) : image
  const count = sources.length + texts.length
  if (count > 1 && !destination.endsWith('/') && destination !== '.') {
    const rule = 'the destination must be a directory and end with a /'
    throw invalid('build.copy', `When using ${verb} with more than one source file, ${rule}`)
  }
  const target = canonical(posix.resolve('/', plan.workingDir, destination), below).slice(1)
  const isFolder =
    destination.endsWith('/') || destination === '.' || (below.find(`/${target}`)?.stat.isDirectory() ?? false)
  const place = (base: string): string => (isFolder ? posix.join(target, base) : target)
  const excluded = IgnoreRules.of(plan.excluded)
  const copied: Entry[] = []
  for (const { path, stat, base, parents } of sources) {
    if (plan.excluded.length > 0 && !stat.isDirectory() && excluded.excludes(base)) continue
    const at = parents === undefined ? undefined : posix.join(target, parents)
    if (stat.isDirectory()) {
      const name = at ?? target
      for await (const entry of inTurns(entriesOf(path, stat, name, owner, mode))) {
        const inside = posix.relative(name, entry.name)
        if (inside === '' || !excluded.excludes(inside)) copied.push(entry)
      }
    } else if (plan.unpack && (await isArchive(path))) {
      copied.push({ kind: 'archive', name: target, path, ...(plan.owner && { owner: plan.owner }) })
    } else copied.push(...entriesOf(path, stat, at ?? place(base), owner, mode))
  }
  for (const { name, content } of texts) {
    const data = Buffer.from(content)
    copied.push({ kind: 'text', name: place(name), mode: mode ?? 0o644, owner, mtime: new Date(0), content: data })
  }
  const present = copied.filter(({ kind, name }) => kind !== 'folder' || !isRootOf(name, target, below))
  return [...missingFolders(present, target, below), ...present]
}

/** The folder at `path`, and those above it that the image does not have. */
export function folderEntries(path: string, image: Layers): Entry[] {
  return missingFolders([], canonical(path, image).slice(1), image)
}

/** A big tree is gone through in turns with what else the process does. */
async function* inTurns(entries: Iterable<Entry>): AsyncGenerator<Entry> {
  let count = 0
  for (const entry of entries) {
    if (++count % 500 === 0) await turn()
    yield entry
  }
}

/** The path with the image's links followed, as far as it is there: a layer is applied without the ones below it. */
function canonical(path: string, image: Layers): string {
  const found = image.find(path)
  if (!found && path === '/') return path
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
  if (entries.length === 0 && target !== '') {
    for (let folder = target; folder !== '.' && !image.find(`/${folder}`); folder = posix.dirname(folder))
      missing.add(folder)
  }
  const mtime = new Date(0)
  return [...missing].toSorted().map((name) => ({ kind: 'folder', name, mode: 0o755, owner: root, mtime }))
}
