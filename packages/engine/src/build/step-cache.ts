import type { ImageConfig } from '@essaim/api-types'
import { composeImage } from '../images/write-image.js'
import type { BuildSession } from './session.js'
import { stepFrom, writeStep, type Step, type StepImage } from './step.js'

/** A step before it is taken. */
export interface PlannedStep {
  /** The text of the image's history. */
  createdBy: string
  /** What the cache knows it by, where that is more than its text. */
  key?: string
  /** The configuration that it leads to: all that a step without files needs. */
  config: ImageConfig
  /** Makes its layer; undefined when it adds none. */
  layer?: () => Promise<Step['layer']>
}

/** Takes the steps of one stage, from the cache as long as all are there. */
export class StepTaker {
  /** Once a step was not in the cache, nothing after it is looked for there. */
  #missed: boolean

  constructor(private readonly session: BuildSession) {
    this.#missed = session.noCache
  }

  async take(before: StepImage, step: PlannedStep): Promise<StepImage> {
    const { images, cache, lease, emit } = this.session
    const { createdBy, key = createdBy, config } = step
    const known = await this.find(before, key)
    if (known) return known
    const borrowed = this.#missed || step.key !== undefined ? undefined : await this.#borrow(before, step)
    if (borrowed) emit({ stream: ' ---> Using cache\n' })
    this.#missed ||= borrowed === undefined
    const layer = borrowed ? undefined : await step.layer?.()
    const after = borrowed ?? (await writeStep(images, before, { config, createdBy, ...(layer && { layer }) }, lease))
    const { id, target } = after
    if (target) await cache.put(before.id, key, { id, target }, lease)
    return after
  }

  /** The image that the step led to before. */
  async find(before: StepImage, key: string): Promise<StepImage | undefined> {
    const { images, cache, lease, emit } = this.session
    const cached = this.#missed ? undefined : await cache.find(before.id, key)
    if (!cached) return undefined
    emit({ stream: ' ---> Using cache\n' })
    return await stepFrom(images, cached.id, cached.target, lease)
  }

  /** Lets a step that was taken be found by one more key. */
  async remember(before: StepImage, key: string, { id, target }: StepImage): Promise<void> {
    if (target && before.id !== id) await this.session.cache.put(before.id, key, { id, target }, this.session.lease)
  }

  /** The same step of an image named by `--cache-from`: one that begins as this one does, and goes on so. */
  async #borrow(before: StepImage, { createdBy, config }: PlannedStep): Promise<StepImage | undefined> {
    const length = before.history.length
    const source = this.session.cacheFrom.find(({ history, layers }) => {
      const same = before.history.every((entry, index) => JSON.stringify(entry) === JSON.stringify(history[index]))
      const upon = before.layers.every(({ diffId }, index) => diffId === layers[index]?.diffId)
      return same && upon && history[length]?.created_by === createdBy
    })
    const entry = source?.history[length]
    if (!source || !entry) return undefined
    const layers = source.layers.slice(0, before.layers.length + (entry.empty_layer === true ? 0 : 1))
    const history = source.history.slice(0, length + 1)
    const { platform, author } = before
    const by = author === undefined ? {} : { author }
    const content = { config, layers, history, created: entry.created ?? '', platform, ...by }
    const { id, target } = await composeImage(this.session.images, content, this.session.lease)
    return { id, target, config, layers, history, platform, ...by }
  }
}
