import { invalid, shortId } from '@essaim/base'
import { posix } from 'node:path'
import type { Descriptor } from '../containerd/index.js'
import { changesOf } from '../images/changes-of.js'
import { CommandFailed, type Emit } from '../images/progress.js'
import type { PullContext } from '../images/pull/endpoint.js'
import type { BuildArguments } from './arguments.js'
import type { BuildCache } from './cache.js'
import { applyInstruction, commandOf } from './config.js'
import { copyEntries } from './copy.js'
import { describe } from './describe.js'
import { downloadSource } from './download.js'
import { hashEntries, writeLayer, type Entry } from './entries.js'
import { runMounts } from './mounts.js'
import { parseOwner, root } from './owner.js'
import { runCommand, type BuildContainers } from './run.js'
import { findSources, type Source } from './sources.js'
import { checkFlags, flagOf, type Statement } from './statement.js'
import { stepFrom, writeStep, type Step, type StepImage } from './step.js'
import { withFiles, withLayers } from './view.js'
import { expand, expandDocument, parseJsonForm, splitWords, type Variables } from './words.js'

/** The layer of a command that changed nothing: a tar of two empty blocks. */
const emptyLayer = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef'

/** What the steps of one build have in common. */
export interface BuildSession {
  images: PullContext
  containers: BuildContainers
  cache: BuildCache
  args: BuildArguments
  /** The build's folder, and the context in it. */
  folder: string
  context: string
  /** Where `RUN --mount=type=cache` keeps its files. */
  caches: string
  lease: string
  noCache: boolean
  networkMode?: string
  extraHosts: string[]
  emit: Emit
  signal: AbortSignal
  /** For `COPY --from`: a stage that is done, or another image. */
  imageNamed: (name: string) => Promise<StepImage>
}

/** Carries out the instructions of a stage, one image after the other. */
export class StageBuilder {
  /** A command of this stage's own is kept by an `ENTRYPOINT` that follows. */
  #cmdSet = false
  /** Once a step was not in the cache, nothing after it is looked for there. */
  #missed: boolean

  constructor(
    private readonly session: BuildSession,
    public image: StepImage,
  ) {
    this.#missed = session.noCache
  }

  /** `session.emit` is told the image that it led to. */
  async carryOut(statement: Statement): Promise<void> {
    const before = this.image
    switch (statement.name) {
      case 'ARG':
        this.session.args.declare(statement, before.config)
        break
      case 'RUN':
        await this.#run(statement)
        break
      case 'COPY':
      case 'ADD':
        await this.#copy(statement)
        break
      case 'WORKDIR':
        await this.#workdir(statement)
        break
      case 'MAINTAINER':
        await this.#step(describe(statement, before.config, this.#variables()), async () => ({ config: before.config }))
        break
      default:
        await this.#configure(statement)
    }
    this.session.emit({ stream: ` ---> ${shortId(this.image.id)}\n` })
  }

  #variables(): Variables {
    return this.session.args.variables(this.image.config)
  }

  async #configure(statement: Statement): Promise<void> {
    const { config } = this.image
    if (statement.name === 'CMD') this.#cmdSet = true
    const variables = this.#variables()
    const after = applyInstruction(config, statement, variables)
    const kept = statement.name === 'ENTRYPOINT' && this.#cmdSet && config.Cmd ? { ...after, Cmd: config.Cmd } : after
    await this.#step(describe(statement, after, variables), async () => ({ config: kept }))
  }

  async #workdir(statement: Statement): Promise<void> {
    const variables = this.#variables()
    const config = applyInstruction(this.image.config, statement, variables)
    await this.#step(describe(statement, config, variables), async () => {
      const path = config.WorkingDir ?? '/'
      const entries = await withLayers(this.session.images, this.image, this.session.lease, async (layers) => {
        if (layers.find(path)) return []
        const plan = {
          verb: 'COPY' as const,
          sources: [],
          texts: [],
          destination: path,
          workingDir: '/',
          unpack: false,
        }
        return await copyEntries(plan, layers)
      })
      return { config, ...(entries.length > 0 && { layer: await this.#layer(entries) }) }
    })
  }

  async #run(statement: Statement): Promise<void> {
    const { args, images, containers, lease, emit, signal, networkMode, extraHosts } = this.session
    checkFlags(statement, ['mount', 'network', 'security'])
    const { config, id } = this.image
    if (id === '') throw invalid('build.run', 'RUN needs an image to run in: scratch has no files')
    const command = commandOf(config, scriptOf(statement))
    const environment = args.environment(config)
    const mode = flagOf(statement, 'network') ?? networkMode
    const counted = environment.length > 0 ? [`|${environment.length}`, ...environment] : []
    await this.#step([...counted, ...command].join(' '), async () => {
      const workingDir = config.WorkingDir ?? '/'
      const Mounts = await runMounts(statement, {
        caches: this.session.caches,
        context: this.session.context,
        workingDir,
      })
      const request = {
        Image: id,
        Entrypoint: [''],
        Cmd: command,
        Env: [...(config.Env ?? []), ...environment, ...args.proxies()],
        Healthcheck: { Test: ['NONE'] },
        HostConfig: { ExtraHosts: extraHosts, Mounts, ...(mode !== undefined && { NetworkMode: mode }) },
      }
      return await runCommand(containers, request, emit, signal, async (container, code) => {
        if (code !== 0) {
          throw new CommandFailed(code, `The command '${command.join(' ')}' returned a non-zero code: ${code}`)
        }
        const layer = await changesOf(
          images.containerd,
          container,
          lease,
          Mounts.map(({ Target }) => Target ?? ''),
        )
        return layer.digest === emptyLayer ? { config } : { config, layer }
      })
    })
  }

  async #copy(statement: Statement): Promise<void> {
    const { images, lease, folder, context } = this.session
    const verb = statement.name === 'ADD' ? 'ADD' : 'COPY'
    checkFlags(statement, verb === 'ADD' ? ['chown', 'chmod'] : ['from', 'chown', 'chmod'])
    const from = flagOf(statement, 'from')
    if (from === undefined) return await this.#copyFrom(statement, verb, context, true)
    const source = await this.session.imageNamed(expand(from, this.#variables()))
    await withFiles(images, source, folder, lease, (files) => this.#copyFrom(statement, verb, files, false))
  }

  async #copyFrom(statement: Statement, verb: 'COPY' | 'ADD', files: string, inContext: boolean): Promise<void> {
    const { images, lease } = this.session
    const variables = this.#variables()
    const words = (parseJsonForm(statement.text) ?? splitWords(statement.text)).map((word) => expand(word, variables))
    const destination = words.pop() ?? ''
    const named = words.filter((word) => !word.startsWith('<<'))
    if (words.length === 0)
      throw invalid('build.arguments', `${verb} requires at least two arguments, but only one was provided`)
    const isUrl = (word: string): boolean => verb === 'ADD' && /^https?:\/\//.test(word)
    const local = named.filter((word) => !isUrl(word))
    const sources: Source[] = local.length > 0 ? findSources(files, local, verb, inContext) : []
    for (const url of named.filter(isUrl)) {
      sources.push(await downloadSource(url, this.session.folder, destination, this.session.signal))
    }
    const texts = statement.heredocs.map(({ name, content, expand: replace }) => {
      return { name, content: replace ? expandDocument(content, variables) : content }
    })
    const chown = flagOf(statement, 'chown')
    const chmod = flagOf(statement, 'chmod')
    if (chmod !== undefined && !/^[0-7]{3,4}$/.test(chmod)) {
      throw invalid(
        'build.chmod',
        `invalid chmod parameter: '${chmod}'. it should be octal string and between 0 and 07777`,
      )
    }
    const workingDir = this.image.config.WorkingDir ?? '/'
    const plain = { verb, sources, texts, destination, workingDir, unpack: verb === 'ADD' && !named.some(isUrl) }
    const entries = await withLayers(images, this.image, lease, async (layers) => {
      const owner = chown === undefined ? undefined : parseOwner(expand(chown, variables), layers)
      const mode = chmod === undefined ? undefined : Number.parseInt(chmod, 8)
      return await copyEntries({ ...plain, ...(owner && { owner }), ...(mode !== undefined && { mode }) }, layers)
    })
    const what = sources.length + texts.length > 1 ? 'multi' : sources[0]?.stat.isDirectory() ? 'dir' : 'file'
    const place =
      posix.resolve('/', workingDir, destination) + (destination.endsWith('/') && destination !== '/' ? '/' : '')
    const shell = this.image.config.Shell ?? ['/bin/sh', '-c']
    const created = `${shell.join(' ')} #(nop) ${verb} ${what}:${await hashEntries(entries)} in ${place} `
    await this.#step(created, async () => ({ config: this.image.config, layer: await this.#layer(entries) }))
  }

  async #layer(entries: Entry[]): Promise<Descriptor> {
    const { images, lease, signal } = this.session
    const some: Entry[] =
      entries.length > 0 ? entries : [{ kind: 'folder', name: '', mode: 0o755, owner: root, mtime: new Date(0) }]
    return await writeLayer(images, some, lease, signal)
  }

  /** Takes the step from the cache, or makes it and keeps it there. */
  async #step(createdBy: string, make: () => Promise<Omit<Step, 'createdBy'>>): Promise<void> {
    const { images, cache, lease, emit } = this.session
    const parent = this.image.id
    const cached = this.#missed ? undefined : await cache.find(parent, createdBy)
    if (cached) {
      emit({ stream: ' ---> Using cache\n' })
      this.image = await stepFrom(images, cached.id, cached.target, lease)
      return
    }
    this.#missed = true
    this.image = await writeStep(images, this.image, { ...(await make()), createdBy }, lease)
    const { id, target } = this.image
    if (target) await cache.put(parent, createdBy, { id, target }, lease)
  }
}

/** A command with its here-documents: the documents alone are the script. */
function scriptOf({ text, heredocs, line }: Statement): string {
  const [first] = heredocs
  if (!first) return text
  if (!/^<<-?["']?[\w.]+["']?$/.test(text)) {
    return [text, ...heredocs.map(({ content, name }) => `${content}${name}`)].join('\n')
  }
  if (first.content.startsWith('#!')) {
    throw invalid(
      'build.heredoc',
      `dockerfile parse error line ${line}: a here-document with an interpreter line is not supported`,
    )
  }
  return first.content
}
