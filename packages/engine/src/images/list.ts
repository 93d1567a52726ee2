import type { Filters, ImageSummary } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import type { ImagesContext } from './context.js'
import { chainIds, type ImageDocument } from './manifest.js'
import { familiarName, familiarRepository, withDefaultTag, type Reference } from './reference.js'
import type { StoredImage } from './store.js'
import {
  booleanFilter,
  createdSeconds,
  knownFilters,
  matchesLabels,
  matchesReference,
  untilSeconds,
} from './filters.js'

export interface ListOptions {
  all: boolean
  digests: boolean
  sharedSize: boolean
  filters: Filters
}

interface Known {
  image: StoredImage
  document: ImageDocument
  /** Seconds since the epoch. */
  created: number
}

/** `docker images`: the newest first. */
export async function list(context: ImagesContext, options: ListOptions): Promise<ImageSummary[]> {
  const { store } = context
  const { filters } = options
  knownFilters(filters, ['dangling', 'label', 'before', 'since', 'reference', 'until'])
  const dangling = booleanFilter(filters, 'dangling')
  const stored = await store.list()
  const before = await createdOf(context, filters.before)
  const since = await createdOf(context, filters.since)
  const until = untilSeconds(filters)
  const known = await Promise.all(
    stored.map(async (image): Promise<Known> => {
      const document = await store.document(image.id)
      return { image, document, created: createdSeconds(document) }
    }),
  )
  const chosen = known
    .map((one) => ({ ...one, image: filters.reference ? named(one.image, filters.reference) : one.image }))
    .filter(({ image, document, created }) => {
      if (before !== undefined && created >= before) return false
      if (since !== undefined && created <= since) return false
      if (until !== undefined && created >= until) return false
      if (!matchesLabels(filters, document.config.Labels ?? {})) return false
      if (filters.reference) return image.tags.length + image.digests.length > 0
      return dangling === undefined || dangling === (image.tags.length + image.digests.length === 0)
    })
    .toSorted((a, b) => b.created - a.created || (tagsOf(a.image)[0] ?? '').localeCompare(tagsOf(b.image)[0] ?? ''))
  const shared = options.sharedSize ? sharedLayers(known) : undefined
  return await Promise.all(chosen.map((one) => summary(context, one, shared)))
}

async function summary(
  context: ImagesContext,
  { image, document, created }: Known,
  shared: Set<string> | undefined,
): Promise<ImageSummary> {
  const sizes = await context.store.layerSizes(document)
  const chain = chainIds(document.rootfs.diff_ids)
  const common = sizes.filter((_, index) => shared?.has(chain[index] ?? ''))
  return {
    Id: image.id,
    ParentId: '',
    RepoTags: tagsOf(image),
    RepoDigests: image.digests.map(familiarName).toSorted(),
    Created: created,
    Size: total(sizes),
    SharedSize: shared ? total(common) : -1,
    Labels: document.config.Labels ?? {},
    Containers: shared ? context.users.containersOf(image.id).length : -1,
  }
}

/** Bytes of all layers of all images, each counted once. */
export async function layersSize({ store }: ImagesContext): Promise<number> {
  const documents = await Promise.all((await store.list()).map(({ id }) => store.document(id)))
  const chain = new Set(documents.flatMap(({ rootfs }) => chainIds(rootfs.diff_ids)))
  return total(await Promise.all([...chain].map((chainId) => store.layerSize(chainId))))
}

/** Layers that more than one image has. */
function sharedLayers(known: Known[]): Set<string> {
  const seen = new Set<string>()
  const shared = new Set<string>()
  for (const { document } of known) {
    for (const chainId of chainIds(document.rootfs.diff_ids)) (seen.has(chainId) ? shared : seen).add(chainId)
  }
  return shared
}

async function createdOf({ store }: ImagesContext, refs: string[] | undefined): Promise<number | undefined> {
  const [ref] = refs ?? []
  if (ref === undefined) return undefined
  if (refs?.length !== 1) throw invalid('filter.single', 'the filters before and since take one image each')
  return createdSeconds(await store.document(await store.idOf(ref)))
}

/** The image with those of its names that match. */
function named(image: StoredImage, patterns: string[]): StoredImage {
  const fits = (reference: Reference): boolean => patterns.some((pattern) => matchesReference(pattern, reference))
  return { ...image, tags: image.tags.filter(fits), digests: image.digests.filter(fits) }
}

const tagsOf = (image: StoredImage): string[] => {
  return image.tags.map((tag) => `${familiarRepository(tag)}:${withDefaultTag(tag).tag ?? ''}`).toSorted()
}

const total = (sizes: number[]): number => sizes.reduce((sum, size) => sum + size, 0)
