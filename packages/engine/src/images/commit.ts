import { ContainerConfig, decode, type ImageConfig } from '@essaim/api-types'
import { nowNano } from '@essaim/base'
import { applyChanges } from '../build/config.js'
import type { Descriptor } from '../containerd/index.js'
import type { ImagesContext } from './context.js'
import { changesOf } from './changes-of.js'
import type { CommitSource } from './contract.js'
import { layersOf } from './layers.js'
import { familiarName, parseRepoTag } from './reference.js'
import { writeImage } from './write-image.js'

export interface CommitOptions {
  container: string
  repo?: string
  tag?: string
  comment: string
  author: string
  pause: boolean
  changes: string[]
  /** Laid over the container's own configuration. */
  config?: unknown
}

/** `docker commit`: the container's image with one more layer, what the container has changed. */
export async function commit(
  context: ImagesContext & { commits: CommitSource },
  options: CommitOptions,
): Promise<{ Id: string }> {
  const { store, events, containerd } = context
  const name =
    options.repo === undefined || options.repo === '' ? undefined : parseRepoTag(options.repo, options.tag ?? '')
  const container = await context.commits.forCommit(options.container)
  const given = options.config === undefined ? {} : imageConfigOf(decode(ContainerConfig, options.config))
  const config = applyChanges({ ...container.config, ...given }, options.changes)
  return await containerd.leases.during('commit', async (lease) => {
    const work = (): Promise<Descriptor> => changesOf(containerd, container.snapshotKey, lease)
    const layer = options.pause ? await container.paused(work) : await work()
    const parent = await store.document(container.imageId)
    const created = nowNano()
    const image = {
      config,
      layers: [
        ...(await layersOf(context, (await store.get(container.imageId)).target, parent, lease)),
        { diffId: layer.digest, blob: layer },
      ],
      history: [
        ...parent.history,
        {
          created,
          created_by: container.command.join(' '),
          ...(options.author !== '' && { author: options.author }),
          ...(options.comment !== '' && { comment: options.comment }),
        },
      ],
      created,
      author: options.author,
      platform: { os: parent.os, architecture: parent.architecture },
    }
    const { id, target } = await writeImage(context, image, lease)
    if (name) await store.name(name, id, target, { lease })
    const imageRef = name ? familiarName(name) : ''
    events.publish('container', 'commit', container.id, {
      ...container.attributes,
      comment: options.comment,
      imageID: id,
      imageRef,
    })
    return { Id: id }
  })
}

const imageKeys = [
  'User',
  'ExposedPorts',
  'Env',
  'Cmd',
  'Healthcheck',
  'Volumes',
  'WorkingDir',
  'Entrypoint',
  'OnBuild',
  'Labels',
  'StopSignal',
  'Shell',
] as const satisfies readonly (keyof ImageConfig)[]

/** A container's configuration without what is only its own. */
function imageConfigOf(config: ContainerConfig): ImageConfig {
  const isSet = ([, value]: [string, unknown]): boolean =>
    value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0)
  return Object.fromEntries(imageKeys.map((key): [string, unknown] => [key, config[key]]).filter(isSet))
}
