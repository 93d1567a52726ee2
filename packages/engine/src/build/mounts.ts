import type { Mount } from '@essaim/api-types'
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { findIn } from './rooted.js'
import { parseError, type Statement } from './statement.js'
import { notImplemented } from '@essaim/base'

export interface MountPlaces {
  /** Where caches are kept between builds. */
  caches: string
  context: string
  workingDir: string
}

/** The mounts of `RUN --mount=type=...`: caches, temporary file systems, and parts of the context. */
export async function runMounts(statement: Statement, places: MountPlaces): Promise<Mount[]> {
  const flags = statement.flags.filter(({ name }) => name === 'mount')
  return await Promise.all(flags.map(({ value }) => mountOf(statement, parseOptions(value), places)))
}

async function mountOf(statement: Statement, options: Map<string, string>, places: MountPlaces): Promise<Mount> {
  const type = options.get('type') ?? 'bind'
  const target = options.get('target') ?? options.get('dst') ?? options.get('destination')
  if (target === undefined) throw parseError(statement.line, `mount of type ${type} needs a target`)
  const Target = posix.resolve('/', places.workingDir, target)
  const ReadOnly = options.has('readonly') || options.get('ro') === 'true'
  switch (type) {
    case 'tmpfs':
      return { Type: 'tmpfs', Target }
    case 'cache': {
      const id = createHash('sha256')
        .update(options.get('id') ?? Target)
        .digest('hex')
        .slice(0, 32)
      const Source = join(places.caches, id)
      await mkdir(Source, { recursive: true, mode: 0o755 })
      return { Type: 'bind', Source, Target, ReadOnly }
    }
    case 'bind': {
      if (options.has('from')) break
      const found = findIn(places.context, options.get('source') ?? options.get('src') ?? '/')
      if (!found) throw parseError(statement.line, `${options.get('source') ?? '/'} is not in the build context`)
      const writable = options.has('rw') || options.has('readwrite')
      return { Type: 'bind', Source: found.path, Target, ReadOnly: !writable }
    }
  }
  throw notImplemented(
    'build.mount',
    `RUN --mount of type ${type}${options.has('from') ? ' from another stage' : ''} is not supported`,
    {
      hint: 'it needs BuildKit; COPY --from brings files from another stage',
    },
  )
}

function parseOptions(text: string): Map<string, string> {
  return new Map(
    text.split(',').map((part) => {
      const at = part.indexOf('=')
      return at < 0 ? [part, 'true'] : [part.slice(0, at), part.slice(at + 1)]
    }),
  )
}
