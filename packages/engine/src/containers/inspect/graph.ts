import type { DriverData } from '@essaim/api-types'
import { isCode } from '../../containerd/index.js'
import type { ContainerDeps } from '../deps.js'

/** Where the container's layers lie, in the words of Docker's overlay2. */
export async function graphDriver({ containerd }: ContainerDeps, id: string): Promise<DriverData> {
  try {
    const [mount] = await containerd.snapshots.mounts(id)
    const option = (name: string): string =>
      mount?.options.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1) ?? ''
    if (mount?.type !== 'overlay') return { Name: containerd.snapshotter, Data: {} }
    return {
      Name: 'overlay2',
      Data: {
        LowerDir: option('lowerdir'),
        MergedDir: containerd.rootfsOf(id),
        UpperDir: option('upperdir'),
        WorkDir: option('workdir'),
      },
    }
  } catch (error) {
    if (isCode(error, 'NOT_FOUND')) return { Name: 'overlay2', Data: {} }
    throw error
  }
}
