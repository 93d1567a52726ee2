import { EssaimError, shortId } from '@essaim/base'
import type { ImagesContext } from '../context.js'
import { chainIds } from '../manifest.js'
import { barMessage, stepMessage, throttled, type Emit } from '../progress.js'
import { retryingIn } from '../registry/retry.js'
import type { Origins } from '../origins.js'
import type { Reference } from '../reference.js'
import type { Repository } from '../registry/repository.js'
import type { DownloadEvent, Downloads } from './download.js'
import type { PullPlan } from './plan.js'

/** Downloads and unpacks what is missing of the layers, the next ones arriving while one is unpacked. */
export async function pullLayers(
  context: ImagesContext & { downloads: Downloads; origins: Origins },
  repository: Repository,
  origin: Reference,
  plan: PullPlan,
  lease: string,
  emit: Emit,
  signal: AbortSignal,
): Promise<void> {
  const { layers } = plan.content
  const diffIds = plan.document.rootfs.diff_ids
  const names = layers.map(({ digest }) => shortId(digest))
  const present = await presentLayers(context, diffIds, lease)
  names.forEach((name, index) => emit(stepMessage(index < present ? 'Already exists' : 'Pulling fs layer', name)))
  // One failure ends the other downloads of this pull.
  const stop = new AbortController()
  const either = AbortSignal.any([signal, stop.signal])
  const arrivals = layers.map(async (layer, index) => {
    if (index < present) return
    const name = names[index] ?? ''
    const watch = reporter(name, layer.size, emit)
    await context.downloads.fetch(repository, layer, lease, watch, either)
    await context.origins.add(origin.domain, origin.path, layer.digest)
    emit(stepMessage('Download complete', name))
  })
  const sources = layers.map((layer, index) => ({
    diffId: diffIds[index] ?? '',
    blob: async () => {
      await arrivals[index]
      return layer
    },
  }))
  const extracting = (part: number) => (index: number) => {
    const size = layers[index]?.size ?? 0
    emit(barMessage('Extracting', names[index] ?? '', Math.ceil(size * part), size))
    if (part === 1) emit(stepMessage('Pull complete', names[index] ?? ''))
  }
  const watch = {
    // Unpacked meanwhile by another pull.
    exists: (index: number) => index >= present && emit(stepMessage('Pull complete', names[index] ?? '')),
    extracting: extracting(1 / 64),
    extracted: extracting(1),
  }
  try {
    const unpacked = context.unpacker.unpack(sources, lease, watch, either).catch((error: unknown) => {
      throw registering(error)
    })
    await Promise.all([...arrivals, unpacked])
  } catch (error) {
    stop.abort(new Error('another layer failed'))
    await Promise.allSettled(arrivals)
    if (error instanceof EssaimError && error.code === 'disk.full')
      await Promise.all(layers.map((layer) => context.downloads.discard(layer)))
    throw error
  }
}

/** Docker's engine says of these at which step of a pull they came. */
function registering(error: unknown): unknown {
  const said = ['image.unpack', 'archive.format', 'disk.full']
  if (!(error instanceof EssaimError) || !said.includes(error.code)) return error
  if (error.message.startsWith('failed to download')) return error
  const { hint } = error
  const more = { cause: error, ...(hint !== undefined && { hint }) }
  return new EssaimError(error.kind, error.code, `failed to register layer: ${error.message}`, more)
}

/** How many of the lowest layers are unpacked already. */
async function presentLayers(context: ImagesContext, diffIds: string[], lease: string): Promise<number> {
  let present = 0
  for (const chainId of chainIds(diffIds)) {
    if (!(await context.unpacker.has(chainId, lease))) break
    present++
  }
  return present
}

function reporter(name: string, size: number, emit: Emit): (event: DownloadEvent) => void {
  const often = throttled(emit)
  return (event) => {
    switch (event.kind) {
      case 'waiting':
        return emit(stepMessage('Waiting', name))
      case 'progress':
        return (event.current === size ? emit : often)(barMessage('Downloading', name, event.current, event.total))
      case 'retrying':
        return emit(stepMessage(retryingIn(event.seconds), name))
      case 'verifying':
        return emit(stepMessage('Verifying Checksum', name))
    }
  }
}
