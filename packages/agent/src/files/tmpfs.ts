import { execFile } from 'node:child_process'
import { mkdir, readFile, rmdir } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A tmpfs of our own at `folder`: what is in it is in memory alone, and is gone when it is unmounted. */
export async function mountTmpfs(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  if (await isMounted(folder)) return
  await run('mount', ['-t', 'tmpfs', '-o', 'mode=0700,nosuid,nodev,noexec', 'tmpfs', folder])
}

/** Tolerates that there is none. Detached lazily, since an ended container's namespace may still be going away. */
export async function unmountTmpfs(folder: string): Promise<void> {
  if (!(await isMounted(folder))) return
  await run('umount', ['-l', folder])
  await rmdir(folder)
}

async function isMounted(folder: string): Promise<boolean> {
  const mounts = await readFile('/proc/self/mounts', 'utf8')
  return mounts.split('\n').some((line) => line.split(' ')[1] === folder)
}
