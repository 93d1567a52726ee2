import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isCode } from '../containerd/index.js'
import type { ContainerDeps } from './deps.js'
import { layerSize } from '../images/layer-size.js'
import { Layers } from './rootfs/layers.js'

/** Bytes of the container's writable layer: what its files hold, folders not counted, as Docker counts them. */
export async function writableSize({ containerd }: ContainerDeps, id: string): Promise<number> {
  const mounts = await found(containerd.snapshots.mounts(id))
  const upper = mounts && new Layers(mounts).upper
  return upper === undefined ? 0 : sizeOf(upper, new Set())
}

/** `seen` holds the files that have been counted: a file with two names is one. */
async function sizeOf(folder: string, seen: Set<number>): Promise<number> {
  let sum = 0
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(whenGone)) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      sum += await sizeOf(path, seen)
      continue
    }
    const stat = await lstat(path).catch(() => undefined)
    if (!stat || seen.has(stat.ino)) continue
    seen.add(stat.ino)
    sum += stat.size
  }
  return sum
}

/** A container that runs removes files while they are counted. */
function whenGone(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
  throw error
}

/** Bytes of the writable layer and all below it. */
export async function rootfsSize(deps: ContainerDeps, id: string): Promise<number> {
  const { snapshots } = deps.containerd
  const parentOf = async (key: string): Promise<string> => (await found(snapshots.stat(key)))?.parent ?? ''
  let total = await writableSize(deps, id)
  for (let key = await parentOf(id); key !== ''; key = await parentOf(key))
    total += (await found(layerSize(deps.containerd, key))) ?? 0
  return total
}

/** Undefined for a snapshot that is gone. */
async function found<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isCode(error, 'NOT_FOUND')) return undefined
    throw error
  }
}
