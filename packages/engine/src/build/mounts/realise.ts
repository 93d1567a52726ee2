import type { Mount } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { execFile } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { promisify } from 'node:util'
import type { Cleanup } from '../cleanup.js'
import { entriesOf, hashEntries } from '../entries.js'
import { findIn } from '../rooted.js'
import type { StepImage } from '../step.js'
import type { CacheFolders } from './caches.js'
import type { RunMount } from './options.js'
import { SecretFiles } from './secrets.js'

const run = promisify(execFile)

/** What the mounts of a command are made from. */
export interface MountPlaces {
  /** The build's own folder, and the context in it. */
  folder: string
  context: string
  caches: CacheFolders
  secrets: ReadonlyMap<string, Buffer>
  imageNamed: (name: string) => Promise<StepImage>
  /** The files of an image for the time of `cleanup`; what is written to them is gone with it. */
  filesOf: (image: StepImage, cleanup: Cleanup) => Promise<string>
}

/** What of the mounts counts for the cache: places, images, and what the context has there. Secrets do not. */
export async function mountsKey(mounts: RunMount[], places: MountPlaces): Promise<string[]> {
  return await Promise.all(
    mounts.map(async (mount) => {
      if (mount.type !== 'bind') return JSON.stringify(mount)
      if (mount.from !== undefined) return JSON.stringify([mount, (await places.imageNamed(mount.from)).id])
      const { path, stat } = found(places.context, mount.source, 'the build context')
      const entries = [...entriesOf(path, stat, 'x', { uid: 0, gid: 0 })]
      return JSON.stringify([mount, await hashEntries(entries)])
    }),
  )
}

/** Brings the mounts of a command about; `cleanup` takes them away again. */
export async function realiseMounts(
  mounts: RunMount[],
  places: MountPlaces,
  workingDir: string,
  cleanup: Cleanup,
): Promise<Mount[]> {
  const made: Mount[] = []
  let secrets: SecretFiles | undefined
  for (const mount of mounts) {
    const Target = posix.resolve('/', workingDir, mount.target)
    switch (mount.type) {
      case 'tmpfs':
        made.push({
          Type: 'tmpfs',
          Target,
          ...(mount.size !== undefined && { TmpfsOptions: { SizeBytes: mount.size } }),
        })
        break
      case 'cache':
        made.push({ Type: 'bind', Source: await cacheFolder(mount, places, cleanup), Target, ReadOnly: mount.readOnly })
        break
      case 'bind':
        made.push({ Type: 'bind', Source: await bindSource(mount, places, cleanup), Target, ReadOnly: !mount.writable })
        break
      case 'secret': {
        const content = places.secrets.get(mount.id)
        if (content) {
          secrets ??= cleanup.use(await SecretFiles.open(join(places.folder, 'secrets')))
          made.push({ Type: 'bind', Source: await secrets.write(content, mount.owner), Target, ReadOnly: true })
        } else if (mount.required) {
          throw invalid('build.secret', `secret ${mount.id}: not found`, {
            hint: `give it with essaim build --secret id=${mount.id},src=FILE`,
          })
        }
      }
    }
  }
  return made
}

async function cacheFolder(
  { id, sharing, owner, from, source }: Extract<RunMount, { type: 'cache' }>,
  places: MountPlaces,
  cleanup: Cleanup,
): Promise<string> {
  const use = await places.caches.use(id, sharing, owner)
  cleanup.defer(use.release)
  if (use.fresh && from !== undefined) {
    const files = await places.filesOf(await places.imageNamed(from), cleanup)
    await run('cp', ['-a', '--', join(found(files, source, from).path, '.'), use.path])
  }
  return use.path
}

/** Read-only as it lies there; what a command may write to is a copy over it, for nobody else. */
async function bindSource(
  { source, from, writable }: Extract<RunMount, { type: 'bind' }>,
  places: MountPlaces,
  cleanup: Cleanup,
): Promise<string> {
  if (from !== undefined) {
    const files = await places.filesOf(await places.imageNamed(from), cleanup)
    return found(files, source, from).path
  }
  const { context, folder } = places
  if (!writable) return found(context, source, 'the build context').path
  const name = `rw-${Math.random().toString(36).slice(2)}`
  const [upper, work, root] = ['upper', 'work', 'root'].map((part) => join(folder, name, part)) as [
    string,
    string,
    string,
  ]
  for (const path of [upper, work, root]) await mkdir(path, { recursive: true })
  const options = `lowerdir=${context},upperdir=${upper},workdir=${work}`
  await run('mount', ['-t', 'overlay', '-o', options, '--', 'overlay', root])
  cleanup.defer(async () => void (await run('umount', ['-l', '--', root])))
  return found(root, source, 'the build context').path
}

function found(root: string, source: string, where: string): NonNullable<ReturnType<typeof findIn>> {
  const at = findIn(root, source)
  if (at) return at
  throw invalid('build.mount', `failed to compute cache key: ${source} is not in ${where}`)
}
