import type { AuthConfig, Filters, ProgressMessage } from '@essaim/api-types'
import { internal, invalid, messageOf, shortId } from '@essaim/base'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { progressStream, type Emit } from '../images/progress.js'
import type { PullContext } from '../images/pull/endpoint.js'
import { familiarName, parseReference, withDefaultTag, type Reference } from '../images/reference.js'
import { BuildArguments } from './arguments.js'
import { baseImage } from './base.js'
import { BuildCache } from './cache.js'
import { openContext, type BuildFolder } from './context-folder.js'
import { findIn } from './rooted.js'
import { removeLeftContainers, type BuildContainers } from './run.js'
import { StageBuilder, type BuildSession } from './stage-builder.js'
import { readStages, stageIndex, type Dockerfile, type Stage } from './stages.js'
import { parseDockerfile, parseTrigger, shown, type Statement } from './statement.js'
import type { StepImage } from './step.js'
import { expand } from './words.js'

/** The options of one build, as the classic builder knows them. */
export interface BuildOptions {
  dockerfile: string
  tags: string[]
  args: Record<string, string | null>
  labels: Record<string, string>
  target?: string
  platform?: string
  networkMode?: string
  extraHosts: string[]
  noCache: boolean
  pull: boolean
  quiet: boolean
  auths: Record<string, AuthConfig>
}

/** `docker build` with the classic builder's words, upon containers and snapshots of this engine. */
export class Builder {
  readonly #cache: BuildCache

  /** `folder` is where contexts are unpacked and caches of commands are kept. */
  constructor(
    private readonly images: PullContext,
    private readonly containers: BuildContainers,
    private readonly folder: string,
  ) {
    this.#cache = new BuildCache(images.containerd)
  }

  /** What a killed daemon's builds have left behind. To be called while none runs. */
  async sweep(): Promise<void> {
    await removeLeftContainers(this.containers)
    await rm(join(this.folder, 'contexts'), { recursive: true, force: true })
  }

  async build(tar: Readable, options: BuildOptions, signal: AbortSignal): Promise<AsyncIterable<ProgressMessage>> {
    const names = options.tags.map((tag) => withDefaultTag(parseReference(tag)))
    return await progressStream(async (emit) => {
      await using folder = await openContext(join(this.folder, 'contexts'), tar, signal)
      const file = await readDockerfile(folder.context, options)
      const id = await this.images.containerd.leases.during('build', (lease) =>
        this.#carryOut(file, folder, names, options, lease, options.quiet ? () => {} : emit, signal),
      )
      if (options.quiet) emit({ stream: `${id}\n` })
    })
  }

  async prune(_filters: Filters): Promise<{ CachesDeleted: string[] | null; SpaceReclaimed: number }> {
    await rm(join(this.folder, 'caches'), { recursive: true, force: true })
    return await this.#cache.prune()
  }

  async #carryOut(
    file: Dockerfile,
    folder: BuildFolder,
    names: Reference[],
    options: BuildOptions,
    lease: string,
    emit: Emit,
    signal: AbortSignal,
  ): Promise<string> {
    const done: StepImage[] = []
    const args = new BuildArguments(options.args)
    const base = (name: string, platform = options.platform): Promise<StepImage> => {
      const wanted = { pull: options.pull, auths: options.auths, ...(platform !== undefined && { platform }) }
      return baseImage(this.images, name, wanted, lease, emit, signal)
    }
    const session: BuildSession = {
      images: this.images,
      containers: this.containers,
      cache: this.#cache,
      args,
      folder: folder.path,
      context: folder.context,
      caches: join(this.folder, 'caches'),
      lease,
      noCache: options.noCache,
      ...(options.networkMode !== undefined && { networkMode: options.networkMode }),
      extraHosts: options.extraHosts,
      emit,
      signal,
      imageNamed: async (name) => {
        const stage = done[stageIndex(file.stages.slice(0, done.length), name)]
        if (stage) return stage
        return await base(name).catch((cause: unknown) => {
          throw internal('build.from', `invalid from flag value ${name}: ${messageOf(cause)}`, { cause })
        })
      },
    }
    const step = stepCounter(file, options, emit)
    for (const statement of file.globals) {
      step(statement)
      args.declareGlobal(statement)
    }
    for (const stage of file.stages) {
      step(stage.from)
      const first = await beginning(stage, file.stages.slice(0, done.length), done, args, base)
      const builder = new StageBuilder(session, first)
      args.enterStage()
      if (!first.config.OnBuild?.length) emit({ stream: ` ---> ${shortId(first.id)}\n` })
      await carryOutTriggers(builder, stage, emit)
      for (const statement of stage.steps) {
        signal.throwIfAborted()
        step(statement)
        await builder.carryOut(statement)
      }
      if (done.length === file.stages.length - 1)
        for (const label of labelsOf(options)) await stepAs(builder, label, step)
      done.push(builder.image)
    }
    const last = done.at(-1)
    if (!last?.target) throw invalid('build.empty', 'No image was generated. Is your Dockerfile empty?')
    const unused = args.unused()
    if (unused.length > 0)
      emit({ stream: `[Warning] One or more build-args [${unused.join(' ')}] were not consumed\n` })
    await this.#name(last.id, last, names, lease, emit)
    return last.id
  }

  async #name(id: string, { target, config }: StepImage, names: Reference[], lease: string, emit: Emit): Promise<void> {
    if (!target) return
    const { store, events } = this.images
    await store.put(id, target, { lease })
    emit({ aux: { ID: id } })
    emit({ stream: `Successfully built ${shortId(id)}\n` })
    for (const name of names) {
      await store.name(name, id, target, { lease })
      events.publish('image', 'tag', id, { ...config.Labels, name: familiarName(name) })
      emit({ stream: `Successfully tagged ${familiarName(name)}\n` })
    }
  }
}

async function readDockerfile(context: string, options: BuildOptions): Promise<Dockerfile> {
  const found = findIn(context, options.dockerfile)
  if (!found?.stat.isFile()) {
    throw invalid('build.dockerfile', `Cannot locate specified Dockerfile: ${options.dockerfile}`)
  }
  const statements = await parseDockerfile(await readFile(found.path, 'utf8'), options.dockerfile)
  return readStages(statements, options.target)
}

async function beginning(
  stage: Stage,
  earlier: Stage[],
  done: StepImage[],
  args: BuildArguments,
  base: (name: string, platform?: string) => Promise<StepImage>,
): Promise<StepImage> {
  const name = expand(stage.base, args.global)
  if (name === '') throw invalid('build.from', `base name (${stage.base}) should not be blank`)
  const platform = stage.platform === undefined ? undefined : expand(stage.platform, args.global)
  return done[earlier.findLastIndex((one) => one.name === name.toLowerCase())] ?? (await base(name, platform))
}

/** What the base image has asked for to be done in every image that is built upon it. */
async function carryOutTriggers(builder: StageBuilder, stage: Stage, emit: Emit): Promise<void> {
  const triggers = builder.image.config.OnBuild ?? []
  if (triggers.length === 0) return
  emit({ stream: `# Executing ${triggers.length} build trigger${triggers.length > 1 ? 's' : ''}\n` })
  const { OnBuild: _, ...config } = builder.image.config
  builder.image = { ...builder.image, config }
  for (const trigger of triggers) await builder.carryOut(parseTrigger(trigger, stage.from.line))
}

/** Labels of the command line are one more instruction of the last stage. */
function labelsOf({ labels }: BuildOptions): Statement[] {
  const pairs = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))
  if (pairs.length === 0) return []
  const quote = (text: string): string => (/^[\w./:@+-]+$/.test(text) ? text : `"${text.replace(/["\\$]/g, '\\$&')}"`)
  const text = pairs.map(([key, value]) => `${quote(key)}=${quote(value)}`).join(' ')
  return [{ line: 0, name: 'LABEL', flags: [], text, heredocs: [] }]
}

async function stepAs(
  builder: StageBuilder,
  statement: Statement,
  step: (statement: Statement) => void,
): Promise<void> {
  step(statement)
  await builder.carryOut(statement)
}

function stepCounter(file: Dockerfile, options: BuildOptions, emit: Emit): (statement: Statement) => void {
  const steps = file.stages.reduce((sum, stage) => sum + 1 + stage.steps.length, 0)
  const total = file.globals.length + steps + labelsOf(options).length
  let count = 0
  return (statement) => emit({ stream: `Step ${++count}/${total} : ${shown(statement)}\n` })
}
