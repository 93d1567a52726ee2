import { KeyedLock } from '@essaim/base'
import { isCode, tolerate, type Containerd, type Descriptor, type ImageRecord } from '../containerd/index.js'
import { digestOf } from '../images/manifest.js'
import { buildLabel } from '../images/store.js'

export interface CachedStep {
  id: string
  target: Descriptor
}

/** What a prune takes. */
export interface PruneLimits {
  /** The folders of `RUN --mount=type=cache` too. */
  all: boolean
  /** Steps that led to one of these images alone. */
  ids?: string[]
  /** What was last used before this time alone, in milliseconds since 1970. */
  until?: number
}

/** How the records of build steps are named: not as images are. */
const prefix = 'build:'

/**
 * The images that steps of builds have led to, by what they were made from and how. They are no images of the user's:
 * a record of their own keeps each alive until the cache is pruned.
 */
export class BuildCache {
  readonly #updates = new KeyedLock()

  constructor(private readonly containerd: Containerd) {}

  async find(parent: string, step: string): Promise<CachedStep | undefined> {
    try {
      const { labels, target } = await this.containerd.images.get(nameOf(parent, step))
      const id = labels[buildLabel]
      return id === undefined ? undefined : { id, target }
    } catch (error) {
      if (isCode(error, 'NOT_FOUND')) return undefined
      throw error
    }
  }

  async put(parent: string, step: string, { id, target }: CachedStep, lease: string): Promise<void> {
    const image = { name: nameOf(parent, step), target, labels: { [buildLabel]: id } }
    try {
      await this.containerd.images.create(image, { lease })
    } catch (error) {
      if (!isCode(error, 'ALREADY_EXISTS')) throw error
      await this.#updates.run(image.name, async () => {
        await this.#keepSuperseded(image.name, id, lease)
        await this.containerd.images.update(image, [], { lease })
      })
    }
  }

  /** Another build may stand on what the same step led to before: it stays known by its id until a prune. */
  async #keepSuperseded(name: string, id: string, lease: string): Promise<void> {
    try {
      const before = await this.containerd.images.get(name)
      const beforeId = before.labels[buildLabel]
      if (beforeId === undefined || beforeId === id) return
      const { target, labels } = before
      await this.containerd.images.create({ name: nameOf(beforeId, 'superseded'), target, labels }, { lease })
    } catch (error) {
      if (!isCode(error, 'ALREADY_EXISTS') && !isCode(error, 'NOT_FOUND')) throw error
    }
  }

  /** Forgets steps; images that were built with them stay. */
  async prune(limits: PruneLimits): Promise<{ CachesDeleted: string[] | null; SpaceReclaimed: number }> {
    const records = forgettable(await this.#records(), limits)
    const before = await this.#bytes()
    for (const [index, { name }] of records.entries()) {
      await tolerate(this.containerd.images.delete(name, index === records.length - 1), 'NOT_FOUND')
    }
    const CachesDeleted = records.map(({ labels }) => labels[buildLabel] ?? '')
    const SpaceReclaimed = records.length > 0 ? Math.max(0, before - (await this.#bytes())) : 0
    return { CachesDeleted: CachesDeleted.length > 0 ? CachesDeleted : null, SpaceReclaimed }
  }

  async #records(): Promise<ImageRecord[]> {
    return await this.containerd.images.list([`name~="^${prefix}"`])
  }

  async #bytes(): Promise<number> {
    return (await this.containerd.content.list()).reduce((sum, { size }) => sum + size, 0)
  }
}

const nameOf = (parent: string, step: string): string => prefix + digestOf(Buffer.from(JSON.stringify([parent, step])))

/** The records that a prune takes. */
function forgettable(records: ImageRecord[], { ids, until }: PruneLimits): ImageRecord[] {
  const hex = (id: string): string => id.replace('sha256:', '')
  return records.filter(({ labels, updatedAt }) => {
    if (ids && !ids.some((id) => hex(labels[buildLabel] ?? '').startsWith(hex(id)))) return false
    return until === undefined || Date.parse(updatedAt) < until
  })
}
