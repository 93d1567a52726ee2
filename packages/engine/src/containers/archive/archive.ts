import { lstatSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Readable } from 'node:stream'
import { forbidden, invalid } from '@essaim/base'
import { decompressed } from '../../images/load/decompress.js'
import type { Container } from '../container.js'
import type { ContainerDeps } from '../deps.js'
import { publish } from '../events.js'
import { Layers } from '../rootfs/layers.js'
import { resolveUser } from '../spec/users.js'
import { withLayers, withRoot } from './root.js'
import { locate, pathStat, type PathStat } from './stat.js'
import { packTar, streamWithin } from './tar.js'
import { unpackTar } from './unpack.js'

export async function statPath(deps: ContainerDeps, ref: string, path: string): Promise<PathStat> {
  const container = deps.registry.find(ref)
  return withRoot(deps, container, async (root) => pathStat(root, path, locate(root, container, ref, path)))
}

/** The file or folder as tar, under its own name; `path/.` gives what is in a folder. */
export async function getArchive(
  deps: ContainerDeps,
  ref: string,
  path: string,
  signal: AbortSignal,
): Promise<{ stat: PathStat; tar: Readable }> {
  const container = deps.registry.find(ref)
  let stat: PathStat | undefined
  const tar = await streamWithin(
    (work) => withRoot(deps, container, work),
    (root) => {
      const found = locate(root, container, ref, path)
      stat = pathStat(root, path, found)
      const content = path.endsWith('/.') || found.inside === '/'
      return content
        ? packTar(found.path, ['.'], [], signal)
        : packTar(dirname(found.path), [basename(found.path)], [], signal)
    },
  )
  publish(deps, container, 'archive-path')
  if (!stat) throw invalid('container.path', `Could not find the file ${path} in container ${ref}`)
  return { stat, tar }
}

export async function putArchive(
  deps: ContainerDeps,
  ref: string,
  path: string,
  tar: Readable,
  options: { noOverwriteDirNonDir: boolean; copyUidGid: boolean },
): Promise<void> {
  const container = deps.registry.find(ref)
  await withRoot(deps, container, async (root) => {
    const found = locate(root, container, ref, path.endsWith('/.') ? path : `${path}/.`, path)
    if (!found.stat.isDirectory()) throw invalid('container.path', 'extraction point is not a directory')
    refuseReadOnly(container, found.inside)
    const owner = options.copyUidGid ? await ownerOf(deps, container) : undefined
    const done = new AbortController()
    try {
      await unpackTar(root, found.inside, await decompressed(tar, done.signal), {
        noOverwriteDirNonDir: options.noOverwriteDirNonDir,
        ...(owner && { owner }),
      })
    } finally {
      done.abort()
    }
  })
  publish(deps, container, 'extract-to-dir')
}

/** The whole tree without its mounts. */
export async function exportTar(deps: ContainerDeps, ref: string, signal: AbortSignal): Promise<Readable> {
  const container = deps.registry.find(ref)
  const tar = await streamWithin(
    (work) => withLayers(deps, container, work),
    (root) => packTar(root, [], [...namesIn(root), '--one-file-system'], signal),
  )
  publish(deps, container, 'export')
  return tar
}

/** For tar: all that is in the root, of what is mounted there only the folder. */
function namesIn(root: string): string[] {
  const { dev } = statSync(root)
  return readdirSync(root).flatMap((name) => {
    const mounted = lstatSync(join(root, name)).dev !== dev
    return [mounted ? '--no-recursion' : '--recursion', `--add-file=${name}`]
  })
}

function refuseReadOnly({ record }: Container, inside: string): void {
  const mount = record.mounts
    .map(({ point }) => point)
    .filter(({ Destination: at = '' }) => inside === at || inside.startsWith(`${at}/`))
    .toSorted((a, b) => (b.Destination ?? '').length - (a.Destination ?? '').length)
    .at(0)
  if (mount ? mount.RW === false : record.host.ReadonlyRootfs === true) {
    throw forbidden(
      'container.read-only',
      mount ? 'mounted volume is marked read-only' : 'container rootfs is marked read-only',
    )
  }
}

async function ownerOf(deps: ContainerDeps, { record, id }: Container): Promise<{ uid: number; gid: number }> {
  const layers = new Layers(await deps.containerd.snapshots.mounts(id))
  const files = { passwd: layers.read('/etc/passwd'), group: layers.read('/etc/group') }
  return resolveUser(record.config.User ?? '', [], files)
}
