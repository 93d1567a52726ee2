import { execFile } from 'node:child_process'
import { mkdtempSync, rmdirSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Mount } from '../../containerd/index.js'

const run = promisify(execFile)

/** Mounts a snapshot for the time of `work`, under `parent`. What a kill leaves there is unmounted at the next start. */
export async function withMounted<T>(mounts: Mount[], parent: string, work: (root: string) => Promise<T>): Promise<T> {
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  const root = mkdtempSync(join(parent, 'm-'))
  try {
    for (const mount of mounts) await run('mount', mountArguments(mount, root))
    try {
      return await work(root)
    } finally {
      await run('umount', ['-R', '-l', '--', root])
    }
  } finally {
    rmdirSync(root)
  }
}

export function mountArguments({ type, source, options }: Mount, target: string): string[] {
  return ['-t', type, ...(options.length > 0 ? ['-o', options.join(',')] : []), '--', source, target]
}

/**
 * Copies the folder `path` of a snapshot, with all its attributes, into `target`. The mount lives in a namespace of its
 * own and goes with the process.
 */
export async function copyFromSnapshot(mounts: Mount[], parent: string, path: string, target: string): Promise<void> {
  const [mount] = mounts
  if (!mount) return
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  const script = 'mount -t "$1" -o "$2" -- "$3" "$4" && cp -a -- "$4$5/." "$6/"'
  const { type, source, options } = mount
  const args = ['sh', type, options.join(','), source, parent, path, target]
  await run('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script, ...args])
}
