import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { tolerate } from '../containerd/index.js'
import { Layers } from '../containers/rootfs/layers.js'
import { mountArguments, withMounted } from '../containers/rootfs/mounted.js'
import type { ImagesContext } from '../images/context.js'
import type { Cleanup } from './cleanup.js'
import { chainIdOf, type StepImage } from './step.js'

const run = promisify(execFile)

/** The files of an image, to look into without mounting it. */
export async function withLayers<T>(
  { containerd }: ImagesContext,
  image: StepImage,
  lease: string,
  work: (layers: Layers) => Promise<T>,
): Promise<T> {
  const chainId = chainIdOf(image)
  if (chainId === '') return await work(new Layers([]))
  const key = `build-${randomUUID()}`
  const mounts = await containerd.snapshots.view(key, chainId, {}, { lease })
  try {
    return await work(new Layers(mounts))
  } finally {
    await tolerate(containerd.snapshots.remove(key), 'NOT_FOUND')
  }
}

/** The files of an image, mounted below `folder`. */
export async function withFiles<T>(
  { containerd }: ImagesContext,
  image: StepImage,
  folder: string,
  lease: string,
  work: (root: string) => Promise<T>,
): Promise<T> {
  const chainId = chainIdOf(image)
  if (chainId === '') return await withEmpty(folder, work)
  const key = `build-${randomUUID()}`
  const mounts = await containerd.snapshots.view(key, chainId, {}, { lease })
  try {
    return await withMounted(mounts, folder, work)
  } finally {
    await tolerate(containerd.snapshots.remove(key), 'NOT_FOUND')
  }
}

/** An image upon nothing, before its first file. */
async function withEmpty<T>(folder: string, work: (root: string) => Promise<T>): Promise<T> {
  const root = join(folder, `empty-${randomUUID()}`)
  await mkdir(root)
  return await work(root)
}

/** Likewise until `cleanup` is done; what is written to them goes with the mount. */
export async function mountFiles(
  { containerd }: ImagesContext,
  image: StepImage,
  folder: string,
  lease: string,
  cleanup: Cleanup,
): Promise<string> {
  const key = `build-${randomUUID()}`
  const root = join(folder, key)
  await mkdir(root)
  cleanup.defer(() => rmdir(root))
  const chainId = chainIdOf(image)
  if (chainId === '') return root
  const mounts = await containerd.snapshots.prepare(key, chainId, {}, { lease })
  cleanup.defer(() => tolerate(containerd.snapshots.remove(key), 'NOT_FOUND'))
  for (const mount of mounts) await run('mount', mountArguments(mount, root))
  cleanup.defer(async () => void (await run('umount', ['-R', '-l', '--', root])))
  return root
}
