import type { ContainerCreateRequest } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { changesOf } from '../images/changes-of.js'
import { CommandFailed } from '../images/progress.js'
import { Cleanup } from './cleanup.js'
import { commandOf } from './config.js'
import { expand } from './expand.js'
import { readMounts } from './mounts/options.js'
import { mountsKey, realiseMounts, type MountPlaces } from './mounts/realise.js'
import { runCommand } from './run.js'
import type { BuildSession } from './session.js'
import { flagOf, type Statement } from './statement.js'
import type { PlannedStep } from './step-cache.js'
import type { Step, StepImage } from './step.js'
import { mountFiles } from './view.js'

/** The layer of a command that changed nothing: a tar of two empty blocks. */
const emptyLayer = 'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef'

/** Where a here-document with an interpreter line lies for the command that it is. */
const scripts = '/dev/pipes'

/** `RUN`: a container of the engine like any other; its layer is what its snapshot has more. */
export async function planRun(session: BuildSession, image: StepImage, statement: Statement): Promise<PlannedStep> {
  const { args } = session
  const { config, id } = image
  if (id === '') throw invalid('build.run', 'RUN needs an image to run in: scratch has no files')
  const script = scriptOf(statement)
  const command = commandOf(config, script.text)
  const environment = args.environment(config)
  const counted = environment.length > 0 ? [`|${environment.length}`, ...environment] : []
  const createdBy = [...counted, ...command].join(' ')
  const variables = args.variables(config)
  const mounts = readMounts(statement, (text) => expand(text, variables, statement.escape))
  const places = placesOf(session, statement)
  const flags = statement.flags
    .filter(({ name }) => name !== 'mount')
    .map(({ name, value }) => `${name}=${value ?? ''}`)
  // The flags and what is mounted are no part of the history, but of what the command did.
  const more = [...flags, ...(await mountsKey(mounts, places)), ...(script.file === undefined ? [] : [script.file])]
  return {
    createdBy,
    ...(more.length > 0 && { key: JSON.stringify([createdBy, ...more.map(digest)]) }),
    config,
    layer: async () => {
      await using cleanup = new Cleanup()
      const Mounts = await realiseMounts(mounts, places, config.WorkingDir ?? '/', cleanup)
      if (script.file !== undefined) Mounts.push(await scriptMount(script.file, script.text, session.folder))
      const request: ContainerCreateRequest = {
        Image: id,
        Entrypoint: [''],
        Cmd: command,
        Env: [...(config.Env ?? []), ...environment, ...args.proxies()],
        Healthcheck: { Test: ['NONE'] },
        HostConfig: { ...session.host, ...networkOf(statement), Mounts },
      }
      return await layerOfRun(session, request, command)
    },
  }
}

async function layerOfRun(
  { containers, images, lease, emit, signal }: BuildSession,
  request: ContainerCreateRequest,
  command: string[],
): Promise<Step['layer']> {
  return await runCommand(containers, request, emit, signal, async (container, code) => {
    if (code !== 0) {
      throw new CommandFailed(code, `The command '${command.join(' ')}' returned a non-zero code: ${code}`)
    }
    const targets = (request.HostConfig?.Mounts ?? []).map(({ Target }) => Target ?? '')
    const layer = await changesOf(images.containerd, container, lease, targets)
    return layer.digest === emptyLayer ? undefined : layer
  })
}

function networkOf(statement: Statement): { NetworkMode?: string } {
  const network = flagOf(statement, 'network')
  return network === undefined || network === 'default' ? {} : { NetworkMode: network }
}

function placesOf(session: BuildSession, statement: Statement): MountPlaces {
  const { folder, context, caches, secrets, images, lease } = session
  return {
    folder,
    context,
    caches,
    secrets,
    imageNamed: (name) => session.imageNamed(name, statement),
    filesOf: (image, cleanup) => mountFiles(images, image, folder, lease, cleanup),
  }
}

/** A command with its here-documents. One that stands alone is the script, run by the interpreter that it names. */
function scriptOf({ text, heredocs }: Statement): { text: string; file?: string } {
  const [first] = heredocs
  if (!first) return { text }
  if (!/^<<-?["']?[\w.]+["']?$/.test(text)) {
    return { text: [text, ...heredocs.map(({ content, name }) => `${content}${name}`)].join('\n') }
  }
  if (!first.content.startsWith('#!')) return { text: first.content }
  return { text: `${scripts}/${first.name}`, file: first.content }
}

async function scriptMount(
  content: string,
  target: string,
  folder: string,
): Promise<{ Type: 'bind'; Source: string; Target: string; ReadOnly: boolean }> {
  const Source = join(folder, `script-${digest(content).slice(0, 16)}`)
  await writeFile(Source, content, { mode: 0o755 })
  return { Type: 'bind', Source, Target: target, ReadOnly: true }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
