import { execFile } from 'node:child_process'
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import type { Mount } from '../../containerd/index.js'
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

/** The same tree without anything that is mounted into it, be it a folder or a file. */
export async function withLayers<T>(
  { containerd, paths }: ContainerDeps,
  { id, record }: Container,
  work: (root: string) => Promise<T>,
): Promise<T> {
  const live = containerd.rootfsOf(id)
  if (isAlive(record.state) && isMountPoint(live)) return work(live)
  const snapshot = await containerd.snapshots.mounts(id)
  return withMounted(isAlive(record.state) ? snapshot.map(readOnly) : snapshot, paths.mounts, work)
}

/** A containerd of somebody else's may have its mounts where they are not seen from here. */
function isMountPoint(path: string): boolean {
  const [own, above] = [path, dirname(path)].map((each) => statSync(each, { throwIfNoEntry: false })?.dev)
  return own !== undefined && own !== above
}

/** The writable folder as one more that is only read: as such it may be mounted once more. */
function readOnly(mount: Mount): Mount {
  const valueOf = (name: string): string | undefined =>
    mount.options.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)
  const upper = valueOf('upperdir')
  if (upper === undefined) return mount
  const others = mount.options.filter((word) => !/^(upperdir|workdir|lowerdir)=/.test(word))
  return { ...mount, options: ['ro', ...others, `lowerdir=${upper}:${valueOf('lowerdir') ?? ''}`] }
}
