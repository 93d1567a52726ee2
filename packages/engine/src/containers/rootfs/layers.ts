import { lstatSync, readFileSync, readlinkSync, type Stats } from 'node:fs'
import { join } from 'node:path'
import type { Mount } from '../../containerd/index.js'

/** As many links as the kernel follows in one path. */
const maxLinks = 40

export interface Found {
  /** The path on the host, in the layer that has it. */
  path: string
  stat: Stats
}

/**
 * A snapshot's files without mounting it: the folders of its layers, the topmost first. Links are followed within the
 * snapshot only.
 */
export class Layers {
  /** The writable folder first, if there is one. */
  readonly folders: string[]
  readonly upper: string | undefined

  constructor(mounts: Mount[]) {
    const [mount] = mounts
    const option = (name: string): string | undefined =>
      mount?.options.find((word) => word.startsWith(`${name}=`))?.slice(name.length + 1)
    if (mount?.type === 'overlay') {
      this.upper = option('upperdir')
      const lower = option('lowerdir')?.split(':') ?? []
      this.folders = this.upper === undefined ? lower : [this.upper, ...lower]
    } else {
      this.upper = mount?.source
      this.folders = mount ? [mount.source] : []
    }
  }

  /** What lies at `path`, the last link followed too; undefined when nothing does. */
  find(path: string): Found | undefined {
    let rest = split(path)
    let at: string[] = []
    let links = 0
    while (rest.length > 0) {
      const [part = '', ...after] = rest
      if (part === '..') {
        at = at.slice(0, -1)
        rest = after
        continue
      }
      const found = this.#lookup([...at, part])
      if (!found) return undefined
      if (!found.stat.isSymbolicLink()) {
        at = [...at, part]
        rest = after
        continue
      }
      if (++links > maxLinks) return undefined
      const target = readlinkSync(found.path)
      if (target.startsWith('/')) at = []
      rest = [...split(target), ...after]
    }
    return this.#lookup(at)
  }

  /** The text of a file; empty when there is none. */
  read(path: string): string {
    const found = this.find(path)
    return found?.stat.isFile() ? readFileSync(found.path, 'utf8') : ''
  }

  /** `layer` says how deep it is looked for: from which folder on. */
  #lookup(parts: string[], layer = 0): Found | undefined {
    for (const folder of this.folders.slice(layer)) {
      // A whiteout anywhere on the way hides what the layers below have.
      let path = folder
      let stat: Stats | undefined
      let hidden = false
      for (const part of ['', ...parts]) {
        path = join(path, part)
        stat = lstatSync(path, { throwIfNoEntry: false })
        if (!stat) break
        if (isWhiteout(stat)) {
          hidden = true
          break
        }
        if (part !== parts.at(-1) && !stat.isDirectory()) break
      }
      if (hidden) return undefined
      if (stat && path === join(folder, ...parts)) return { path, stat }
    }
    return undefined
  }

  /** Whether the layers below the writable one have it. */
  below(path: string): Found | undefined {
    return this.#lookup(split(path), 1)
  }
}

/** overlayfs's mark of a removed file: a character device 0:0. */
export function isWhiteout(stat: Stats): boolean {
  return stat.isCharacterDevice() && stat.rdev === 0
}

const split = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.')
