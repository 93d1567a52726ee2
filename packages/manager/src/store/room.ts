import { statfs } from 'node:fs/promises'

/** What must be free before anything is written: several of the largest commits. */
const reserveBytes = 16 << 20

/**
 * Refuses when the disk of `folder` is nearly full. LMDB's writer does not survive a disk that is full: it corrupts the
 * process's memory, which then aborts.
 */
export async function checkRoom(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  if (free >= reserveBytes) return
  throw new Error(`no space left on device: ${Math.floor(free / 2 ** 20)} of 16 MiB are free at ${folder}`)
}
