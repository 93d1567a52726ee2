import { execFile } from 'node:child_process'
import { chmod, chown, mkdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { FileOwner } from './options.js'

const run = promisify(execFile)

/** Secrets given with a build, as files of one command: in memory alone, and gone with it. */
export class SecretFiles implements AsyncDisposable {
  #count = 0

  private constructor(private readonly folder: string) {}

  static async open(folder: string): Promise<SecretFiles> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await run('mount', ['-t', 'tmpfs', '-o', 'mode=0700,nosuid,nodev,noexec', 'tmpfs', folder])
    return new SecretFiles(folder)
  }

  async write(content: Buffer, { uid, gid, mode }: FileOwner): Promise<string> {
    const path = join(this.folder, String(this.#count++))
    await writeFile(path, content, { mode: 0o600 })
    await chown(path, uid, gid)
    await chmod(path, mode)
    return path
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await run('umount', ['-l', '--', this.folder])
    await rmdir(this.folder)
  }
}
