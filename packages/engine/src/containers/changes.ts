import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FilesystemChange } from '@essaim/api-types'
import type { ContainerDeps } from './deps.js'
import { isWhiteout, Layers } from './rootfs/layers.js'
import { runtimeFiles } from './rootfs/runtime-files.js'

const kinds = { changed: 0, added: 1, deleted: 2 } as const

/** How the container's files differ from its image's. */
export async function containerChanges(deps: ContainerDeps, ref: string): Promise<FilesystemChange[]> {
  const { id } = deps.registry.find(ref)
  const layers = new Layers(await deps.containerd.snapshots.mounts(id))
  const { upper } = layers
  if (upper === undefined || layers.folders.length < 2) return []
  return walk(layers, upper, '').toSorted((a, b) => (a.Path < b.Path ? -1 : 1))
}

function walk(layers: Layers, upper: string, folder: string): FilesystemChange[] {
  return readdirSync(join(upper, folder)).flatMap((name): FilesystemChange[] => {
    const path = `${folder}/${name}`
    const stat = lstatSync(join(upper, path))
    const below = layers.below(path)
    if (isWhiteout(stat)) return below ? [{ Path: path, Kind: kinds.deleted }] : []
    const hidden = runtimeFiles.has(path)
    if (!stat.isDirectory()) return hidden ? [] : [{ Path: path, Kind: below ? kinds.changed : kinds.added }]
    if (hidden) return []
    const inside = walk(layers, upper, path)
    if (!below) return [{ Path: path, Kind: kinds.added }, ...inside]
    const same =
      below.stat.isDirectory() &&
      below.stat.mode === stat.mode &&
      below.stat.uid === stat.uid &&
      below.stat.gid === stat.gid
    return same && inside.length === 0 ? [] : [{ Path: path, Kind: kinds.changed }, ...inside]
  })
}
