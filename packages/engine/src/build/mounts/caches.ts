import { KeyedLock } from '@essaim/base'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { chmod, chown, lstat, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileOwner, Sharing } from './options.js'

/** A cache's folder for the time of one command. */
export interface CacheUse {
  path: string
  /** Made just now: it is to be filled with what it begins with. */
  fresh: boolean
  release: () => void
}

/** The folders of `RUN --mount=type=cache`, which outlive builds. */
export class CacheFolders {
  readonly #users = new Map<string, number>()
  readonly #locked = new KeyedLock()

  constructor(private readonly folder: string) {}

  /**
   * A folder by its id. A `private` one that is in use gives way to another; a `locked` one is waited for, by as many
   * builds as want it.
   */
  async use(id: string, sharing: Sharing, owner: FileOwner): Promise<CacheUse> {
    const unlock = sharing === 'locked' ? await this.#lock(id) : (): void => {}
    try {
      const path = join(this.folder, this.#nameFor(id, sharing))
      const fresh = mkdirSync(path, { recursive: true, mode: 0o700 }) !== undefined
      this.#users.set(path, (this.#users.get(path) ?? 0) + 1)
      if (fresh) {
        await chmod(path, owner.mode)
        await chown(path, owner.uid, owner.gid)
      }
      const release = (): void => {
        const left = (this.#users.get(path) ?? 1) - 1
        if (left === 0) this.#users.delete(path)
        else this.#users.set(path, left)
        unlock()
      }
      return { path, fresh, release }
    } catch (error) {
      unlock()
      throw error
    }
  }

  /** Removes what no command uses; answers how many bytes that were. */
  async prune(): Promise<number> {
    let bytes = 0
    const names = existsSync(this.folder) ? await readdir(this.folder) : []
    for (const path of names.map((name) => join(this.folder, name))) {
      if (this.#users.has(path)) continue
      bytes += await usedBytes(path)
      await rm(path, { recursive: true, force: true })
    }
    return bytes
  }

  #nameFor(id: string, sharing: Sharing): string {
    const name = createHash('sha256').update(id).digest('hex').slice(0, 32)
    if (sharing !== 'private') return name
    for (let number = 0; ; number++) {
      const own = number === 0 ? name : `${name}-${number}`
      if (!this.#users.has(join(this.folder, own))) return own
    }
  }

  #lock(id: string): Promise<() => void> {
    return new Promise((taken) => {
      void this.#locked.run(id, () => new Promise<void>((free) => taken(() => free())))
    })
  }
}

async function usedBytes(path: string): Promise<number> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  let bytes = 0
  for (const entry of entries) if (entry.isFile()) bytes += (await lstat(join(entry.parentPath, entry.name))).size
  return bytes
}
