import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { lstatSync, readdirSync } from 'node:fs'
import { chmod, chown, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { tolerate, type Containerd, type Descriptor, type Mount } from '../containerd/index.js'
import { Layers } from '../containers/rootfs/layers.js'
import { runtimeFiles } from '../containers/rootfs/runtime-files.js'
import { mediaTypes } from './manifest.js'

const run = promisify(execFile)

/** What a container's snapshot has other than its image, as an uncompressed layer; what the runtime has put there is left out. */
export async function changesOf(
  containerd: Containerd,
  snapshotKey: string,
  lease: string,
  /** Places where something was mounted, of which nothing is to stay either. */
  mountPoints: string[] = [],
): Promise<Descriptor> {
  const { snapshots, diff } = containerd
  const view = `commit-${randomUUID()}`
  const { parent } = await snapshots.stat(snapshotKey)
  const left = await snapshots.view(view, parent, {}, { lease })
  const mask = await mkdtemp(join(tmpdir(), 'essaim-mask-'))
  try {
    const right = await masked(await snapshots.mounts(snapshotKey), mask, [...runtimeFiles, ...mountPoints])
    const { digest, size } = await diff.diff({ left, right, mediaType: mediaTypes.ociLayer, ref: view }, { lease })
    return { mediaType: mediaTypes.dockerLayer, digest, size }
  } finally {
    await rm(mask, { recursive: true, force: true })
    await tolerate(snapshots.remove(view), 'NOT_FOUND')
  }
}

/** The same files, read-only, under one more layer that takes away what only the runtime has made. */
async function masked(mounts: Mount[], mask: string, paths: string[]): Promise<Mount[]> {
  const [mount] = mounts
  const layers = new Layers(mounts)
  const { upper } = layers
  if (mount?.type !== 'overlay' || upper === undefined) return mounts
  const isNew = (path: string): boolean =>
    lstatSync(join(upper, path), { throwIfNoEntry: false }) !== undefined && !layers.below(path)
  const made = outermost(paths.filter(isNew), upper, isNew)
  if (made.length === 0) return mounts
  const below = layers.folders.slice(1)
  await chmod(mask, lstatSync(upper).mode & 0o7777)
  for (const path of made) {
    await copyFolder(dirname(path), upper, mask)
    // overlayfs's mark of a removed file.
    await run('mknod', [join(mask, path), 'c', '0', '0'])
  }
  return [{ type: 'overlay', source: 'overlay', options: [`lowerdir=${[mask, upper, ...below].join(':')}`] }]
}

/** With a place goes the folder that was made for it, where it holds nothing else. */
function outermost(paths: string[], upper: string, isNew: (path: string) => boolean): string[] {
  const gone = new Set(paths)
  for (const path of paths) {
    for (let folder = dirname(path); folder !== '/' && isNew(folder); folder = dirname(folder)) {
      if (readdirSync(join(upper, folder)).some((name) => !gone.has(join(folder, name)))) break
      gone.add(folder)
    }
  }
  return [...gone].filter((path) => !gone.has(dirname(path)))
}

/** The folder's own attributes count as those of the topmost layer that has it. */
async function copyFolder(path: string, from: string, to: string): Promise<void> {
  if (path === '/') return
  await copyFolder(dirname(path), from, to)
  const { mode, uid, gid } = lstatSync(join(from, path))
  await mkdir(join(to, path), { recursive: true })
  await chmod(join(to, path), mode & 0o7777)
  await chown(join(to, path), uid, gid)
}
