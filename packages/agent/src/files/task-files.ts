import { chmod, chown, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KeyedLock } from '@essaim/base'
import type { FileContent } from './content.js'
import { mountTmpfs, unmountTmpfs } from './tmpfs.js'

/** A file of the host that is seen in the container, read-only: a secret or a config. */
export interface BoundFile {
  source: string
  target: string
}

/**
 * The secrets and configs of this node's tasks as files: one tmpfs, a folder per task, never on a disk. It is mounted
 * with the first file and unmounted with the last.
 */
export class TaskFiles {
  readonly #lock = new KeyedLock()

  /** `folder` is empty or absent, or what an earlier process left there. */
  constructor(private readonly folder: string) {}

  /** Idempotent: writes again what is there. */
  async write(taskId: string, contents: readonly FileContent[]): Promise<BoundFile[]> {
    if (contents.length === 0) return []
    return this.#lock.run('', async () => {
      await mountTmpfs(this.folder)
      const folder = join(this.folder, taskId)
      await mkdir(folder, { recursive: true, mode: 0o700 })
      const files: BoundFile[] = []
      for (const [index, { target, data, mode, uid, gid }] of contents.entries()) {
        const source = join(folder, String(index))
        await writeFile(source, data, { mode: 0o600 })
        await chown(source, uid, gid)
        await chmod(source, mode)
        files.push({ source, target })
      }
      return files
    })
  }

  async remove(taskId: string): Promise<void> {
    await this.keep((id) => id !== taskId)
  }

  /** Removes the files of all tasks that are not wanted any longer. */
  async keep(wanted: (taskId: string) => boolean): Promise<void> {
    await this.#lock.run('', async () => {
      const present = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return []
        throw error
      })
      const gone = present.filter((taskId) => !wanted(taskId))
      for (const taskId of gone) await rm(join(this.folder, taskId), { recursive: true, force: true })
      if (gone.length === present.length) await unmountTmpfs(this.folder)
    })
  }
}
