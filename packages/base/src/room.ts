import { statfsSync } from 'node:fs'
import { internal } from './errors.js'

/** What must be free before LMDB writes: several of the largest commits, and a few pages for what gives room back. */
const reserve = { write: 16 << 20, remove: 1 << 20 }

/**
 * Refuses when the disk of `folder` is nearly full. To be asked before every write of LMDB: on a disk that is full
 * its writer corrupts the process's memory, which then aborts (lmdb 3.5). A look costs some 20 µs.
 */
export function checkRoom(folder: string, purpose: keyof typeof reserve = 'write'): void {
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  if (free >= reserve[purpose]) return
  const message = `no space left on device: ${mebibytes(free)} MiB are free at ${folder}, ${mebibytes(reserve[purpose])} are needed`
  throw internal('disk.full', message)
}

const mebibytes = (bytes: number): number => Math.floor(bytes / 2 ** 20)
