import { internal, invalid, messageOf, shortId } from '@essaim/base'
import type { Emit } from '../images/progress.js'
import { parsePlatform } from '../images/platform.js'
import { familiarName, type Reference } from '../images/reference.js'
import { BuildArguments } from './arguments.js'
import { baseImage } from './base.js'
import { withEnv, variableOf } from './config.js'
import type { BuildFolder } from './context/open.js'
import { expand } from './expand.js'
import type { BuildOptions } from './options.js'
import { carryOutAt } from './parse-error.js'
import type { BuildSession } from './session.js'
import { StageBuilder } from './stage-builder.js'
import { stageIndex, type Dockerfile, type Stage } from './stages.js'
import { shown, statementOf, type Statement } from './statement.js'
import { stepFrom, type StepImage } from './step.js'

/** What a build is given by its builder. */
export type BuildParts = Pick<BuildSession, 'images' | 'containers' | 'cache' | 'caches' | 'lease' | 'emit' | 'signal'>

/** Every path that an image without one is given, as by Docker. */
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Carries out all stages of a Dockerfile, and names the last one's image. Answers its id. */
export async function carryOutFile(
  file: Dockerfile,
  folder: BuildFolder,
  names: Reference[],
  options: BuildOptions,
  parts: BuildParts,
): Promise<string> {
  const { emit, signal } = parts
  const done: StepImage[] = []
  const target = options.platform === undefined ? undefined : parsePlatform(options.platform)
  const args = new BuildArguments(options.args, target)
  const session = await openSession(file, folder, done, args, options, parts)
  const labels = labelsOf(options)
  const step = stepCounter(file, labels, emit)
  for (const statement of file.globals) {
    step(statement)
    await carryOutAt(statement.line, async () => args.declareGlobal(statement))
  }
  for (const stage of file.stages) {
    step(stage.from)
    const first = await carryOutAt(stage.from.line, () => beginning(stage, file.stages, done, args, options, parts))
    const builder = new StageBuilder(session, first)
    args.enterStage()
    if (!first.config.OnBuild?.length) emit({ stream: ` ---> ${shortId(first.id)}\n` })
    await carryOutTriggers(builder, stage, emit)
    const isLast = done.length === file.stages.length - 1
    for (const statement of [...stage.steps, ...(isLast ? labels : [])]) {
      signal.throwIfAborted()
      step(statement)
      await builder.carryOut(statement)
    }
    done.push(builder.image)
  }
  const last = done.at(-1)
  if (!last?.target) throw invalid('build.empty', 'No image was generated. Is your Dockerfile empty?')
  const unused = args.unused()
  if (unused.length > 0) emit({ stream: `[Warning] One or more build-args [${unused.join(' ')}] were not consumed\n` })
  await nameImage(last, names, parts)
  return last.id
}

async function openSession(
  file: Dockerfile,
  folder: BuildFolder,
  done: StepImage[],
  args: BuildArguments,
  options: BuildOptions,
  parts: BuildParts,
): Promise<BuildSession> {
  const { images, lease, emit, signal } = parts
  const cacheFrom: StepImage[] = []
  for (const name of options.cacheFrom) {
    const id = await images.store.findId(name)
    if (id !== undefined) cacheFrom.push(await stepFrom(images, id, (await images.store.get(id)).target, lease))
  }
  const { secrets, noCache, host } = options
  return {
    ...parts,
    args,
    folder: folder.path,
    context: folder.context,
    secrets,
    noCache,
    cacheFrom,
    host,
    imageNamed: async (name) => {
      const refuse = (why: string): Error => invalid('build.from', `invalid from flag value ${name}: ${why}`)
      const index = stageIndex(file.stages, name)
      const stage = done[index]
      if (stage) return stage
      if (index === done.length) throw refuse('refers to current build stage')
      if (/^\d+$/.test(name)) throw refuse('index out of bounds')
      const later = file.stages[index]
      if (later) throw refuse(`that stage begins at line ${later.from.line}, after its use`)
      const wanted = { pull: options.pull, auths: options.auths, ...platformOf(options.platform) }
      return await baseImage(images, name, wanted, lease, emit, signal).catch((cause: unknown) => {
        if (signal.aborted) throw cause
        throw internal('build.from', `invalid from flag value ${name}: ${messageOf(cause)}`, { cause })
      })
    },
  }
}

const platformOf = (platform: string | undefined): { platform?: string } => (platform === undefined ? {} : { platform })

async function beginning(
  stage: Stage,
  stages: Stage[],
  done: StepImage[],
  args: BuildArguments,
  { platform: given, pull, auths }: BuildOptions,
  { images, lease, emit, signal }: BuildParts,
): Promise<StepImage> {
  const name = expand(stage.base, args.global)
  if (name === '') throw invalid('build.from', `base name (${stage.base}) should not be blank`)
  const earlier = stages.slice(0, done.length)
  const stageBefore = done[earlier.findLastIndex((one) => one.name === name.toLowerCase())]
  const platform = stage.platform === undefined ? given : expand(stage.platform, args.global)
  const wanted = { pull, auths, ...platformOf(platform === '' ? undefined : platform) }
  const image = stageBefore ?? (await baseImage(images, name, wanted, lease, emit, signal))
  const { author: _, ...rest } = image
  if (variableOf(rest.config, 'PATH') !== undefined) return rest
  return { ...rest, config: withEnv(rest.config, 'PATH', defaultPath) }
}

/** What the base image has asked for to be done in every image that is built upon it. */
async function carryOutTriggers(builder: StageBuilder, stage: Stage, emit: Emit): Promise<void> {
  const triggers = builder.image.config.OnBuild ?? []
  if (triggers.length === 0) return
  emit({ stream: `# Executing ${triggers.length} build trigger${triggers.length > 1 ? 's' : ''}\n` })
  const { OnBuild: _, ...config } = builder.image.config
  builder.image = { ...builder.image, config }
  const { line, escape } = stage.from
  for (const trigger of triggers) await builder.carryOut(statementOf(line, trigger, [], escape))
}

/** Labels of the command line are one more instruction of the last stage. */
function labelsOf({ labels }: BuildOptions): Statement[] {
  const pairs = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))
  if (pairs.length === 0) return []
  const quote = (text: string): string => (/^[\w./:@+-]+$/.test(text) ? text : `"${text.replace(/["\\$]/g, '\\$&')}"`)
  const text = pairs.map(([key, value]) => `${quote(key)}=${quote(value)}`).join(' ')
  return [statementOf(0, `LABEL ${text}`, [], '\\')]
}

function stepCounter(file: Dockerfile, labels: Statement[], emit: Emit): (statement: Statement) => void {
  const steps = file.stages.reduce((sum, stage) => sum + 1 + stage.steps.length, 0)
  const total = file.globals.length + steps + labels.length
  let count = 0
  return (statement) => emit({ stream: `Step ${++count}/${total} : ${shown(statement)}\n` })
}

async function nameImage({ id, target, config }: StepImage, names: Reference[], parts: BuildParts): Promise<void> {
  const { images, emit, lease, signal } = parts
  if (!target) return
  signal.throwIfAborted()
  const { store, events } = images
  await store.put(id, target, { lease })
  emit({ aux: { ID: id } })
  emit({ stream: `Successfully built ${shortId(id)}\n` })
  for (const name of names) {
    await store.name(name, id, target, { lease })
    events.publish('image', 'tag', id, { ...config.Labels, name: familiarName(name) })
    emit({ stream: `Successfully tagged ${familiarName(name)}\n` })
  }
}
