import type { Filters, ImageDeleteResponseItem } from '@essaim/api-types'
import type { ImagesContext } from './context.js'
import { booleanFilter, createdSeconds, knownFilters, matchesLabels, untilSeconds } from './filters.js'
import { chainIds } from './manifest.js'
import { destroy } from './remove.js'
import { familiarName } from './reference.js'

export interface Pruned {
  ImagesDeleted: ImageDeleteResponseItem[] | null
  SpaceReclaimed: number
}

/** Images without a name; with `dangling=false` all that no container uses. */
export async function prune(context: ImagesContext, filters: Filters): Promise<Pruned> {
  knownFilters(filters, ['dangling', 'label', 'label!', 'until'])
  const danglingOnly = booleanFilter(filters, 'dangling') ?? true
  const until = untilSeconds(filters)
  const removed: ImageDeleteResponseItem[] = []
  let reclaimed = 0
  for (const image of await context.store.list()) {
    const document = await context.store.document(image.id)
    const names = [...image.tags, ...image.digests]
    if (danglingOnly && names.length > 0) continue
    if (until !== undefined && createdSeconds(document) > until) continue
    if (!matchesLabels(filters, document.config.Labels ?? {})) continue
    if (context.users.containersOf(image.id).length > 0) continue
    const sizes = await context.store.layerSizes(document)
    const chain = chainIds(document.rootfs.diff_ids)
    for (const name of names) {
      await context.store.unname(name)
      removed.push({ Untagged: familiarName(name) })
    }
    const gone = await destroy(context, image)
    removed.push(...gone)
    for (const { Deleted } of gone) reclaimed += sizes[chain.indexOf(Deleted ?? '')] ?? 0
  }
  return { ImagesDeleted: removed.length > 0 ? removed : null, SpaceReclaimed: reclaimed }
}
