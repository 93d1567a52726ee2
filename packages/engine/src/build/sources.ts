import { invalid } from '@essaim/base'
import type { Stats } from 'node:fs'
import { readdirSync } from 'node:fs'
import { join, posix } from 'node:path'
import { findIn } from './rooted.js'

/** One thing to be copied: a file, or a folder whose content is meant. */
export interface Source {
  /** On this host. */
  path: string
  stat: Stats
  /** Its own name, without folders. */
  base: string
  /** Its path with the folders that are to be kept. */
  parents?: string
}

/** Where sources are looked for. */
export interface Search {
  root: string
  verb: string
  /** The root is the build context: its refusals say so. */
  inContext: boolean
  /** Sources keep their folders, from the root or a `/./` on (`--parents`); `**` stands for any number of them. */
  keepsParents: boolean
}

/** Sources of a `COPY` or `ADD`; `words` may hold patterns of Go's filepath.Match. */
export function findSources(words: string[], search: Search): Source[] {
  const { root, verb, inContext, keepsParents } = search
  const found = words.flatMap((word) => {
    if (inContext && posix.normalize(word).startsWith('..')) {
      throw invalid('build.copy', `${verb} failed: forbidden path outside the build context: ${word} ()`)
    }
    const path = posix.normalize(`/${word}`)
    const pivot = keepsParents ? word.lastIndexOf('/./') : -1
    const kept = pivot < 0 ? '/' : posix.normalize(`/${word.slice(0, pivot)}`)
    const paths = /[*?[]/.test(word) ? glob(root, path, keepsParents) : [path]
    return paths.map((match) => {
      const source = sourceAt(root, match, verb, inContext)
      return keepsParents ? { ...source, parents: posix.relative(kept, match) } : source
    })
  })
  if (found.length === 0) throw invalid('build.copy', `${verb} failed: no source files were specified`)
  return found
}

function sourceAt(root: string, path: string, verb: string, inContext: boolean): Source {
  const found = findIn(root, path)
  if (found) return { ...found, base: posix.basename(path) }
  const where = inContext ? 'file not found in build context or excluded by .dockerignore: ' : ''
  throw invalid('build.copy', `${verb} failed: ${where}stat ${path.slice(1)}: file does not exist`)
}

/** Paths below `root` that match, each part of the pattern against one name. */
function glob(root: string, pattern: string, manyFolders: boolean): string[] {
  const parts = pattern.split('/').filter((part) => part !== '')
  return parts.reduce<string[]>(
    (paths, part) =>
      paths.flatMap((path) => {
        if (manyFolders && part === '**') return foldersBelow(root, path)
        if (!/[*?[]/.test(part)) return findIn(root, join(path, part)) ? [join(path, part)] : []
        const folder = findIn(root, path)
        if (!folder?.stat.isDirectory()) return []
        const wanted = partPattern(part)
        return readdirSync(folder.path)
          .filter((name) => wanted.test(name))
          .toSorted()
          .map((name) => join(path, name))
      }),
    ['/'],
  )
}

function foldersBelow(root: string, path: string): string[] {
  const folder = findIn(root, path)
  if (!folder?.stat.isDirectory()) return []
  const below = readdirSync(folder.path, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  return [path, ...below.flatMap(({ name }) => foldersBelow(root, join(path, name)))]
}

function partPattern(part: string): RegExp {
  const source = part.replace(/\\.|\[\^|[\]*?[.+^${}()|]/g, (token) => {
    if (token === '*') return '.*'
    if (token === '?') return '.'
    return token === '[' || token === ']' || token === '[^' || token.startsWith('\\') ? token : `\\${token}`
  })
  try {
    return new RegExp(`^${source}$`)
  } catch (cause) {
    throw invalid('build.pattern', `syntax error in pattern: ${part}`, { cause })
  }
}
