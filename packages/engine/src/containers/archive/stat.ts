import type { Stats } from 'node:fs'
import { basename } from 'node:path'
import { formatNano, invalid, notFound } from '@essaim/base'
import type { Container } from '../container.js'
import { resolveIn, type Scoped } from './scope.js'

export interface PathStat {
  name: string
  size: number
  /** Go's os.FileMode. */
  mode: number
  mtime: string
  linkTarget: string
}

/** What lies at `path`; the last link is followed only when a slash or a dot follows it. `shown` is for the refusal. */
export function locate(
  root: string,
  container: Container,
  ref: string,
  path: string,
  shown = path,
): Scoped & { stat: Stats } {
  const follow = /\/\.?$/.test(path) ? 'follow' : 'keep'
  const found = resolveIn(root, path, follow)
  const { stat } = found
  if (!stat) throw notFound('container.path', `Could not find the file ${shown} in container ${ref || container.id}`)
  if (path.length > 1 && path.endsWith('/') && !stat.isDirectory()) {
    throw invalid('container.path', `lstat ${found.inside}/: not a directory`)
  }
  return { ...found, stat }
}

export function pathStat(root: string, path: string, { stat, inside }: Scoped & { stat: Stats }): PathStat {
  const name = basename(path.replace(/\/+$/, '')) || '/'
  return {
    name: path.endsWith('/.') ? '.' : name,
    size: stat.size,
    mode: goMode(stat),
    mtime: formatNano(BigInt(Math.floor(stat.mtimeMs)) * 1_000_000n),
    linkTarget: stat.isSymbolicLink() ? resolveIn(root, inside).inside : '',
  }
}

/** The bits of Go's os.FileMode for what the mode of stat(2) says. */
export function goMode(stat: Stats): number {
  const bits = stat.mode & 0o777
  const kind = stat.isDirectory()
    ? 2 ** 31
    : stat.isSymbolicLink()
      ? 2 ** 27
      : stat.isBlockDevice()
        ? 2 ** 26
        : stat.isFIFO()
          ? 2 ** 25
          : stat.isSocket()
            ? 2 ** 24
            : stat.isCharacterDevice()
              ? 2 ** 26 + 2 ** 21
              : 0
  const setuid = stat.mode & 0o4000 ? 2 ** 23 : 0
  const setgid = stat.mode & 0o2000 ? 2 ** 22 : 0
  const sticky = stat.mode & 0o1000 ? 2 ** 20 : 0
  return kind + setuid + setgid + sticky + bits
}
