import { isCode } from '../containerd/index.js'
import type { ContainerDeps } from './deps.js'

/** Bytes of the container's writable layer. */
export async function writableSize({ containerd }: ContainerDeps, id: string): Promise<number> {
  return usage(containerd.snapshots.usage(id))
}

/** Bytes of the writable layer and all below it. */
export async function rootfsSize({ containerd }: ContainerDeps, id: string): Promise<number> {
  let total = 0
  for (let key = id; key !== '';) {
    total += await usage(containerd.snapshots.usage(key))
    try {
      key = (await containerd.snapshots.stat(key)).parent
    } catch (error) {
      if (isCode(error, 'NOT_FOUND')) break
      throw error
    }
  }
  return total
}

async function usage(asked: Promise<{ size: number }>): Promise<number> {
  try {
    return (await asked).size
  } catch (error) {
    if (isCode(error, 'NOT_FOUND')) return 0
    throw error
  }
}
