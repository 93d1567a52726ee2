import { randomUUID } from 'node:crypto'
import { tolerate } from '../containerd/index.js'
import { Layers } from '../containers/rootfs/layers.js'
import { withMounted } from '../containers/rootfs/mounted.js'
import type { ImagesContext } from '../images/context.js'
import { chainIdOf, type StepImage } from './step.js'

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
  const key = `build-${randomUUID()}`
  const mounts = await containerd.snapshots.view(key, chainIdOf(image), {}, { lease })
  try {
    return await withMounted(mounts, folder, work)
  } finally {
    await tolerate(containerd.snapshots.remove(key), 'NOT_FOUND')
  }
}
