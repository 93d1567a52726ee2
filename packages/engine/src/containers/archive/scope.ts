import { lstatSync, readlinkSync, statSync, type Stats } from 'node:fs'
import { join } from 'node:path'

/** As many links as the kernel follows in one path. */
const maxLinks = 40

export interface Scoped {
  /** On the host, below the root. */
  path: string
  /** As the container sees it. */
  inside: string
  /** Undefined when nothing is there. */
  stat: Stats | undefined
}

/**
 * Finds `path` below `root` as a process whose root that is would find it: links never lead out. The last link is
 * followed unless `last` says to keep it. What does not exist is joined on as it stands.
 */
export function resolveIn(root: string, path: string, last: 'follow' | 'keep' = 'follow'): Scoped {
  let rest = path.split('/').filter((part) => part !== '' && part !== '.')
  let at: string[] = []
  // The root itself may be a link of the kernel's, such as /proc/PID/root.
  let stat: Stats | undefined = statSync(root)
  let links = 0
  while (rest.length > 0) {
    const [part = '', ...after] = rest
    rest = after
    if (part === '..') {
      at = at.slice(0, -1)
      stat = lookAt(root, at)
      continue
    }
    const candidate = join(root, ...at, part)
    stat = stat === undefined ? undefined : lstatSync(candidate, { throwIfNoEntry: false })
    if (!stat?.isSymbolicLink() || (after.length === 0 && last === 'keep') || ++links > maxLinks) {
      at = [...at, part]
      // Links that lead round in a circle lead to nothing.
      if (links > maxLinks) stat = undefined
      continue
    }
    const target = readlinkSync(candidate)
    if (target.startsWith('/')) at = []
    rest = [...target.split('/').filter((word) => word !== '' && word !== '.'), ...after]
    stat = lookAt(root, at)
  }
  return { path: join(root, ...at), inside: `/${at.join('/')}`, stat }
}

function lookAt(root: string, at: string[]): Stats | undefined {
  return at.length === 0 ? statSync(root) : lstatSync(join(root, ...at), { throwIfNoEntry: false })
}
