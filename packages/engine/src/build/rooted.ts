import { lstatSync, readlinkSync, type Stats } from 'node:fs'
import { join } from 'node:path'

/** As many links as the kernel follows in one path. */
const maxLinks = 40

/** A path within `root`, its links followed as if `root` were the root of all; undefined when nothing is there. */
export function findIn(root: string, path: string): { path: string; stat: Stats } | undefined {
  let rest = split(path)
  let at: string[] = []
  let links = 0
  while (rest.length > 0) {
    const [part = '', ...after] = rest
    rest = after
    if (part === '..') {
      at = at.slice(0, -1)
      continue
    }
    const next = [...at, part]
    const stat = lstatSync(join(root, ...next), { throwIfNoEntry: false })
    if (!stat) return undefined
    if (!stat.isSymbolicLink()) {
      at = next
      continue
    }
    if (++links > maxLinks) return undefined
    const target = readlinkSync(join(root, ...next))
    if (target.startsWith('/')) at = []
    rest = [...split(target), ...rest]
  }
  const found = join(root, ...at)
  const stat = lstatSync(found, { throwIfNoEntry: false })
  return stat && { path: found, stat }
}

const split = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.')
