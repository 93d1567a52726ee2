import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '@essaim/base'
import { tolerate } from '../containerd/index.js'
import type { ContainerDeps } from './deps.js'

const run = promisify(execFile)
const sigkill = 9
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
      await tolerate(
        containerd.tasks.kill({ containerId: id, signal: sigkill, all: true }),
        'NOT_FOUND',
        'FAILED_PRECONDITION',
      )
      await tolerate(containerd.tasks.wait(id), 'NOT_FOUND')
      await tolerate(containerd.tasks.delete(id), 'NOT_FOUND')
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
    await rm(deps.paths.folder(id), { recursive: true, force: true }).catch((error: unknown) => {
      logger.warn('cannot remove an orphaned folder', { id, error: messageOf(error) })
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
