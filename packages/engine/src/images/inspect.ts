import type { ImageHistoryResponseItem, ImageInspect } from '@essaim/api-types'
import { EssaimError, zeroTime } from '@essaim/base'
import type { ImagesContext } from './context.js'
import { createdSeconds } from './filters.js'
import { familiarName } from './reference.js'

export async function inspect({ store }: ImagesContext, ref: string): Promise<ImageInspect> {
  const image = await store.get(await idForInspect(ref, () => store.idOf(ref)))
  const document = await store.document(image.id)
  const sizes = await store.layerSizes(document)
  return {
    Id: image.id,
    RepoTags: image.tags.map(familiarName).toSorted(),
    RepoDigests: image.digests.map(familiarName).toSorted(),
    Parent: '',
    Comment: document.comment ?? document.history.at(-1)?.comment ?? '',
    Created: document.created ?? zeroTime,
    DockerVersion: document.docker_version ?? '',
    Author: document.author ?? '',
    Config: document.config,
    Architecture: document.architecture,
    ...(document.variant !== undefined && { Variant: document.variant }),
    Os: document.os,
    ...(document['os.version'] !== undefined && { OsVersion: document['os.version'] }),
    Size: sizes.reduce((sum, size) => sum + size, 0),
    GraphDriver: { Name: store.containerd.storageDriver, Data: {} },
    RootFS: { Type: 'layers', Layers: document.rootfs.diff_ids },
    Metadata: { LastTagTime: zeroTime },
  }
}

/** Docker's engine answers with both texts here. */
async function idForInspect(ref: string, find: () => Promise<string>): Promise<string> {
  try {
    return await find()
  } catch (error) {
    if (!(error instanceof EssaimError)) throw error
    throw new EssaimError(error.kind, error.code, `no such image: ${ref}: ${error.message}`, { cause: error })
  }
}

/** The newest step first. */
export async function history({ store }: ImagesContext, ref: string): Promise<ImageHistoryResponseItem[]> {
  const image = await store.get(await store.idOf(ref))
  const document = await store.document(image.id)
  const sizes = await store.layerSizes(document)
  let layer = 0
  const steps = document.history.map((step) => ({
    Id: '<missing>',
    Created: createdSeconds({ ...document, created: step.created ?? '' }),
    CreatedBy: step.created_by ?? '',
    Tags: [] as string[],
    Size: step.empty_layer === true ? 0 : (sizes[layer++] ?? 0),
    Comment: step.comment ?? '',
  }))
  const newest = steps.at(-1)
  if (newest) Object.assign(newest, { Id: image.id, Tags: image.tags.map(familiarName).toSorted() })
  return steps.toReversed()
}
