import { notFound } from '@essaim/base'
import {
  isCode,
  tolerate,
  type CallOptions,
  type Containerd,
  type Descriptor,
  type ImageRecord,
} from '../containerd/index.js'
import { layerSize } from './layer-size.js'
import { chainIds, parseDocument, type ImageDocument } from './manifest.js'
import { familiarName, fullName, isDigest, parseReference, withDefaultTag, type Reference } from './reference.js'

/** On every record of containerd's image service: the id of the image that the name stands for. */
const idLabel = 'essaim.image'
/** On the record of a build's step: the id of the image that it led to, which is no image of the user's yet. */
export const buildLabel = 'essaim.build'
/** On a layer's snapshot: the digest of the blob that it was unpacked from. */
export const blobLabel = 'essaim.blob'

/** An image with all of its names. */
export interface StoredImage {
  id: string
  target: Descriptor
  tags: Reference[]
  digests: Reference[]
  /** RFC 3339: when it came here. */
  storedAt: string
}

/**
 * The images of this host, as records of containerd's image service: each image has one record under its id, which
 * keeps it alive when it has no name, and one for every tag and repository digest. Nothing is stored elsewhere.
 */
export class ImageStore {
  readonly #documents = new Map<string, ImageDocument>()

  constructor(readonly containerd: Containerd) {}

  async list(): Promise<StoredImage[]> {
    const records = await this.containerd.images.list()
    const images = new Map<string, StoredImage>()
    for (const record of records) {
      if (!isDigest(record.name)) continue
      images.set(record.name, {
        id: record.name,
        target: record.target,
        tags: [],
        digests: [],
        storedAt: record.createdAt,
      })
    }
    for (const record of records) {
      const image = images.get(record.labels[idLabel] ?? '')
      if (!image || isDigest(record.name)) continue
      const reference = parseReference(record.name)
      if (reference.digest === undefined) image.tags.push(reference)
      else image.digests.push(reference)
    }
    return [...images.values()]
  }

  async get(id: string): Promise<StoredImage> {
    const image = (await this.list()).find((candidate) => candidate.id === id)
    if (!image) throw noSuchImage(id)
    return image
  }

  /** The id for a name (`latest` when no tag is given), digest, id or id prefix. Throws `No such image: REF`. */
  async idOf(ref: string): Promise<string> {
    const id = await this.findId(ref)
    if (id !== undefined) return id
    throw noSuchImage(isId(ref) ? ref : familiarName(withDefaultTag(parseReference(ref))))
  }

  /** As `idOf`, undefined when there is none. Throws what `parseReference` throws. */
  async findId(ref: string): Promise<string | undefined> {
    const hex = ref.replace(/^sha256:/, '')
    if (/^[0-9a-f]{64}$/.test(hex)) return (await this.#record(`sha256:${hex}`))?.name ?? (await this.#builtId(hex))
    const reference = withDefaultTag(parseReference(ref))
    // With both, the digest alone decides.
    const { tag, ...untagged } = reference
    const named = await this.#record(
      fullName(reference.digest === undefined ? { ...untagged, tag: tag ?? '' } : untagged),
    )
    if (named) return named.labels[idLabel]
    if (!/^[0-9a-f]+$/.test(hex)) return undefined
    const matches = await this.containerd.images.list([`name~="^sha256:${hex}"`])
    // An ambiguous prefix names no image.
    if (matches.length > 0) return matches.length === 1 ? matches[0]?.name : undefined
    return await this.#builtId(hex)
  }

  async document(id: string): Promise<ImageDocument> {
    const known = this.#documents.get(id)
    if (known) return known
    const document = parseDocument(await this.containerd.content.readAll(id))
    this.#documents.set(id, document)
    return document
  }

  /**
   * Makes the image known under its id. What it is made of must be there, held by a lease and linked by labels; then
   * this record holds it all.
   */
  async put(id: string, target: Descriptor, options?: CallOptions): Promise<void> {
    await this.#upsert(id, id, target, options)
  }

  /** Gives the image a name, which another may lose: that one's id is answered. */
  async name(reference: Reference, id: string, target: Descriptor, options?: CallOptions): Promise<string | undefined> {
    const before = await this.#upsert(fullName(reference), id, target, options)
    return before === id ? undefined : before
  }

  async unname(reference: Reference): Promise<void> {
    await tolerate(this.containerd.images.delete(fullName(reference)), 'NOT_FOUND')
  }

  /** Lets go of the image. Returns when what nothing else holds is gone from the disk. */
  async drop(id: string): Promise<void> {
    this.#documents.delete(id)
    await tolerate(this.containerd.images.delete(id, true), 'NOT_FOUND')
  }

  /** Bytes of one layer, uncompressed. */
  async layerSize(chainId: string): Promise<number> {
    return await layerSize(this.containerd, chainId)
  }

  /** Bytes of all layers, lowest first. */
  async layerSizes(document: ImageDocument): Promise<number[]> {
    return await Promise.all(chainIds(document.rootfs.diff_ids).map((chainId) => this.layerSize(chainId)))
  }

  /** What a build has led to on its way has an id too: its next step runs on it, and people look into it. */
  async #builtId(hex: string): Promise<string | undefined> {
    const records = await this.containerd.images.list([`labels."${buildLabel}"~="^sha256:${hex}"`])
    const ids = new Set(records.map(({ labels }) => labels[buildLabel]))
    return ids.size === 1 ? [...ids][0] : undefined
  }

  async #record(name: string): Promise<ImageRecord | undefined> {
    try {
      return await this.containerd.images.get(name)
    } catch (error) {
      if (isCode(error, 'NOT_FOUND')) return undefined
      throw error
    }
  }

  async #upsert(name: string, id: string, target: Descriptor, options?: CallOptions): Promise<string | undefined> {
    const { mediaType, digest, size } = target
    const image = { name, target: { mediaType, digest, size }, labels: { [idLabel]: id } }
    // Another operation may make or remove the same name meanwhile.
    for (;;) {
      const before = await this.#record(name)
      try {
        await (before
          ? this.containerd.images.update(image, [], options)
          : this.containerd.images.create(image, options))
        return before?.labels[idLabel]
      } catch (error) {
        if (!isCode(error, before ? 'NOT_FOUND' : 'ALREADY_EXISTS')) throw error
      }
    }
  }
}

export function noSuchImage(ref: string): Error {
  return notFound('image.unknown', `No such image: ${ref}`)
}

/** An id in full, or a part with its algorithm: what is shown as given. */
const isId = (ref: string): boolean => /^(sha256:)?[0-9a-f]{64}$/.test(ref)
