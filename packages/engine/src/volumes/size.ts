import type { Stats } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

/** Bytes of all files under `path`, a file with several names once; what vanishes meanwhile counts nothing. */
export async function directorySize(path: string): Promise<number> {
  const seen = new Set<string>()
  const folders = [path]
  let total = 0
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of await namesIn(folder)) {
      const child = join(folder, name)
      const stats = await statOf(child)
      if (!stats) continue
      if (stats.isDirectory()) folders.push(child)
      const key = `${stats.dev}:${stats.ino}`
      if (stats.nlink > 1 && !stats.isDirectory() && seen.has(key)) continue
      seen.add(key)
      total += stats.size
    }
  }
  return total
}

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = []
  try {
    for await (const { name } of await opendir(folder)) names.push(name)
  } catch (error) {
    if (!isGone(error)) throw error
  }
  return names
}

async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path)
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

const isGone = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'
