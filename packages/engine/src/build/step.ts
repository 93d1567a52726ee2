import type { ImageConfig } from '@essaim/api-types'
import { nowNano } from '@essaim/base'
import type { Descriptor } from '../containerd/index.js'
import type { ImagesContext } from '../images/context.js'
import { layersOf } from '../images/layers.js'
import { chainIds, type HistoryEntry } from '../images/manifest.js'
import { hostPlatform, type Platform } from '../images/platform.js'
import { composeImage } from '../images/write-image.js'

/** Where a stage of a build has come to. */
export interface StepImage {
  /** Empty before the first step upon `scratch`. */
  id: string
  target: Descriptor | undefined
  config: ImageConfig
  layers: { diffId: string; blob: Descriptor }[]
  history: HistoryEntry[]
  platform: Platform
  /** Named by a `MAINTAINER` of this stage. */
  author?: string
}

/** What one instruction makes of it. */
export interface Step {
  config: ImageConfig
  createdBy: string
  layer?: Descriptor
}

export const scratch = (): StepImage => ({
  id: '',
  target: undefined,
  config: {},
  layers: [],
  history: [],
  platform: hostPlatform(),
})

/** The topmost snapshot; empty when there is none. */
export function chainIdOf({ layers }: StepImage): string {
  return chainIds(layers.map(({ diffId }) => diffId)).at(-1) ?? ''
}

/** An image that is here, as steps go on from it. The lease holds it from now on. */
export async function stepFrom(
  context: ImagesContext,
  id: string,
  target: Descriptor,
  lease: string,
): Promise<StepImage> {
  await context.containerd.leases.add(lease, { id: target.digest, type: 'content' })
  const document = await context.store.document(id)
  const { os, architecture, variant } = document
  return {
    id,
    target,
    config: document.config,
    layers: await layersOf(context, target, document, lease),
    history: document.history,
    platform: { os, architecture, ...(variant !== undefined && { variant }) },
    ...(document.author !== undefined && { author: document.author }),
  }
}

export async function writeStep(
  context: ImagesContext,
  before: StepImage,
  step: Step,
  lease: string,
): Promise<StepImage> {
  const { config, createdBy, layer } = step
  const created = nowNano()
  const { author } = before
  const by = author === undefined ? {} : { author }
  const entry: HistoryEntry = { created, ...by, created_by: createdBy, ...(!layer && { empty_layer: true }) }
  const layers = layer ? [...before.layers, { diffId: layer.digest, blob: layer }] : before.layers
  const history = [...before.history, entry]
  const { platform } = before
  const { id, target } = await composeImage(context, { config, layers, history, created, platform, ...by }, lease)
  return { id, target, config, layers, history, platform, ...by }
}
