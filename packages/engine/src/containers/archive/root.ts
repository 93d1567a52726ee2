import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Container } from '../container.js'
import type { ContainerDeps } from '../deps.js'
import { isAlive } from '../record.js'
import { withMounted } from '../rootfs/mounted.js'
import { resolveIn } from './scope.js'

const run = promisify(execFile)

/** Gives `work` the container's file tree, its volumes included: the live one, or one that is mounted for the time. */
export async function withRoot<T>(
  deps: ContainerDeps,
  container: Container,
  work: (root: string) => Promise<T>,
): Promise<T> {
  const { state, mounts } = container.record
  if (isAlive(state)) return work(`/proc/${state.pid}/root`)
  const snapshot = await deps.containerd.snapshots.mounts(container.id)
  return withMounted(snapshot, deps.paths.mounts, async (root) => {
    try {
      for (const { point } of mounts) {
        const target = resolveIn(root, point.Destination ?? '')
        if (point.Type === 'tmpfs' || !target.stat) continue
        const source =
          point.Type === 'volume' ? await deps.volumes.mount(point.Name ?? '', container.id) : (point.Source ?? '')
        await run('mount', ['--bind', '--', source, target.path])
      }
      return await work(root)
    } finally {
      await deps.volumes.unmount(container.id)
    }
  })
}

/** The same tree without anything that is mounted into it. */
export async function withLayers<T>(
  deps: ContainerDeps,
  container: Container,
  work: (root: string) => Promise<T>,
): Promise<T> {
  const { state } = container.record
  if (isAlive(state)) return work(`/proc/${state.pid}/root`)
  const snapshot = await deps.containerd.snapshots.mounts(container.id)
  return withMounted(snapshot, deps.paths.mounts, work)
}
