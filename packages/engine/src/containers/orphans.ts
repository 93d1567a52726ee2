import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '@essaim/base'
import { tolerate } from '../containerd/index.js'
import type { ContainerDeps } from './deps.js'
import { isAlive } from './record.js'
import { clearOrphan, clearTask } from './run/clear.js'

const run = promisify(execFile)
const containerId = /^[0-9a-f]{64}$/

/** Removes what no record owns any more: tasks, containerd's records, snapshots, folders, mounts. */
export async function removeOrphans(deps: ContainerDeps): Promise<void> {
  const { containerd, registry, logger } = deps
  const orphan = (id: string): boolean => containerId.test(id) && !registry.get(id)
  for (const mount of await mountsBelow(deps)) await run('umount', ['-l', '--', mount])
  const tasks = (await containerd.tasks.list()).filter(({ containerId: id }) => orphan(id))
  await Promise.all(
    tasks.map(async ({ containerId: id }) => {
      logger.info('removing an orphaned task', { id })
      await clearOrphan(containerd, id, deps.paths.runcRoot)
    }),
  )
  for (const { id } of await containerd.containers.list()) {
    if (orphan(id)) await tolerate(containerd.containers.delete(id), 'NOT_FOUND')
  }
  for (const { name, kind } of await containerd.snapshots.list()) {
    if (kind === 'ACTIVE' && orphan(name)) await tolerate(containerd.snapshots.remove(name), 'NOT_FOUND')
  }
  for (const id of foldersIn(deps)) {
    if (!orphan(id)) continue
    await deps.volumes.unmount(id)
    await rm(deps.paths.folder(id), { recursive: true, force: true }).catch((error: unknown) => {
      logger.warn('cannot remove an orphaned folder', { id, error: messageOf(error) })
    })
  }
}

/**
 * Clears the tasks that containerd made out of calls of a daemon that was killed meanwhile: the adoption may have looked
 * before they were there.
 */
export async function clearLatecomers({ containerd, registry, locks, paths, logger }: ContainerDeps): Promise<void> {
  for (const { containerId: id } of await containerd.tasks.list()) {
    const container = registry.get(id)
    if (container && isAlive(container.record.state)) continue
    await locks.run(id, async () => {
      if (!registry.get(id)) return clearOrphan(containerd, id, paths.runcRoot)
      if (container && !isAlive(container.record.state)) {
        logger.info('clearing a start that nobody waits for', { id })
        await clearTask(containerd, id)
      }
    })
  }
}

function foldersIn({ paths }: ContainerDeps): string[] {
  try {
    return readdirSync(paths.all)
  } catch {
    // Nothing has ever been created.
    return []
  }
}

/** Mounts for work on filesystems, and shared memory of containers that are gone. */
async function mountsBelow({ paths, registry }: ContainerDeps): Promise<string[]> {
  const points = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => (line.split(' ')[1] ?? '').replace(/\\040/g, ' '))
  return points.filter((point) => {
    if (point.startsWith(`${paths.mounts}/`)) return true
    const [id = '', ...rest] = point.startsWith(`${paths.all}/`) ? point.slice(paths.all.length + 1).split('/') : []
    return containerId.test(id) && !registry.get(id) && point === join(paths.folder(id), ...rest)
  })
}
