import { invalid, shortId } from '@essaim/base'
import { applyInstruction } from './config.js'
import { takeCopy } from './copy-step.js'
import { describe } from './describe.js'
import { expand, type Variables } from './expand.js'
import { folderEntries } from './copy.js'
import { carryOutAt } from './parse-error.js'
import { planRun } from './run-step.js'
import type { BuildSession } from './session.js'
import type { Statement } from './statement.js'
import { StepTaker, type PlannedStep } from './step-cache.js'
import type { StepImage } from './step.js'
import { layerOf } from './entries.js'
import { withLayers } from './view.js'

/** Carries out the instructions of a stage, one image after the other. */
export class StageBuilder {
  /** A command of this stage's own is kept by an `ENTRYPOINT` that follows. */
  #cmdSet = false
  readonly #steps: StepTaker

  constructor(
    private readonly session: BuildSession,
    public image: StepImage,
  ) {
    this.#steps = new StepTaker(session)
  }

  /** `session.emit` is told the image that it led to. What fails is said with the statement's line. */
  async carryOut(statement: Statement): Promise<void> {
    this.image = await carryOutAt(statement.line, () => this.#after(statement))
    this.session.emit({ stream: ` ---> ${shortId(this.image.id)}\n` })
  }

  async #after(statement: Statement): Promise<StepImage> {
    const { session, image } = this
    const { config } = image
    switch (statement.name) {
      case 'RUN':
        return await this.#steps.take(image, await planRun(session, image, statement))
      case 'COPY':
      case 'ADD':
        return await takeCopy(session, image, statement, this.#steps)
      case 'WORKDIR':
        return await this.#steps.take(image, this.#workdir(statement))
      case 'MAINTAINER': {
        const author = expand(statement.text, this.#variables(), statement.escape)
        const createdBy = describe(statement, config, this.#variables())
        return await this.#steps.take({ ...image, author }, { createdBy, config })
      }
      case 'ARG': {
        const createdBy = describe(statement, config, this.#variables())
        session.args.declare(statement, config)
        return await this.#steps.take(image, { createdBy, config })
      }
      default:
        return await this.#steps.take(image, this.#configure(statement))
    }
  }

  #variables(): Variables {
    return this.session.args.variables(this.image.config)
  }

  #configure(statement: Statement): PlannedStep {
    const { config } = this.image
    if (statement.name === 'CMD') this.#cmdSet = true
    const variables = this.#variables()
    const after = applyInstruction(config, statement, variables)
    if (statement.name === 'HEALTHCHECK' && config.Healthcheck?.Test) {
      const before = config.Healthcheck.Test.join(' ')
      this.session.emit({ stream: `Note: overriding previous HEALTHCHECK: [${before}]\n` })
    }
    const kept = statement.name === 'ENTRYPOINT' && this.#cmdSet && config.Cmd ? { ...after, Cmd: config.Cmd } : after
    return { createdBy: describe(statement, after, variables), config: kept }
  }

  #workdir(statement: Statement): PlannedStep {
    const { images, lease, signal } = this.session
    const variables = this.#variables()
    const config = applyInstruction(this.image.config, statement, variables)
    const path = config.WorkingDir ?? '/'
    const layer: PlannedStep['layer'] = async () => {
      const entries = await withLayers(images, this.image, lease, async (layers) => {
        const there = layers.find(path)
        if (there && !there.stat.isDirectory())
          throw invalid('build.workdir', `Cannot mkdir: ${path} is not a directory`)
        return there ? [] : folderEntries(path, layers)
      })
      return entries.length > 0 ? await layerOf(images, entries, lease, signal) : undefined
    }
    return { createdBy: describe(statement, config, variables), config, layer }
  }
}
