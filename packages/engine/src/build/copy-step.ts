import { posix } from 'node:path'
import { parseMode } from './check.js'
import { wordsOf } from './config.js'
import { copyEntries, type CopyPlan } from './copy.js'
import { downloadSource } from './download.js'
import { hashEntries, layerOf } from './entries.js'
import { expand, expandDocument } from './expand.js'
import { gitSource, isGitUrl } from './git.js'
import { parseOwner } from './owner.js'
import type { BuildSession } from './session.js'
import { findSources, type Source } from './sources.js'
import { flagOf, isFlagged, type Statement } from './statement.js'
import type { StepTaker } from './step-cache.js'
import type { StepImage } from './step.js'
import { withFiles, withLayers } from './view.js'

/** `COPY` and `ADD`: the image with one more layer. */
export async function takeCopy(
  session: BuildSession,
  image: StepImage,
  statement: Statement,
  steps: StepTaker,
): Promise<StepImage> {
  const variables = session.args.variables(image.config)
  const value = (word: string): string => expand(word, variables, statement.escape)
  const from = flagOf(statement, 'from')
  if (from === undefined) return await copyFrom(session, image, statement, steps, session.context)
  // An image never changes: what was copied from it once need not be looked at again.
  const source = await session.imageNamed(value(from), statement)
  const words = wordsOf(statement.text, statement.escape).map(value)
  const flags = statement.flags
    .filter(({ name }) => name !== 'from')
    .map(({ name, value: text }) => [name, value(text ?? '')])
  const key = JSON.stringify(['COPY', source.id, flags, words, image.config.WorkingDir])
  const known = await steps.find(image, key)
  if (known) return known
  const { images, folder, lease } = session
  const after = await withFiles(images, source, folder, lease, (files) =>
    copyFrom(session, image, statement, steps, files),
  )
  await steps.remember(image, key, after)
  return after
}

async function copyFrom(
  session: BuildSession,
  image: StepImage,
  statement: Statement,
  steps: StepTaker,
  files: string,
): Promise<StepImage> {
  const { images, lease, signal } = session
  const { config } = image
  const plan = await planOf(session, image, statement, files)
  const { sources, texts, verb, destination } = plan
  const entries = await withLayers(images, image, lease, async (layers) => {
    const chown = flagOf(statement, 'chown')
    const variables = session.args.variables(config)
    const owner = chown === undefined ? undefined : parseOwner(expand(chown, variables, statement.escape), layers)
    return await copyEntries({ ...plan, ...(owner && { owner }) }, layers)
  })
  const what = sources.length + texts.length > 1 ? 'multi' : sources[0]?.stat.isDirectory() ? 'dir' : 'file'
  const slash = destination.endsWith('/') && destination !== '/' ? '/' : ''
  const place = posix.resolve('/', plan.workingDir, destination) + slash
  const shell = config.Shell ?? ['/bin/sh', '-c']
  const createdBy = `${shell.join(' ')} #(nop) ${verb} ${what}:${await hashEntries(entries)} in ${place} `
  return await steps.take(image, { createdBy, config, layer: () => layerOf(images, entries, lease, signal) })
}

async function planOf(session: BuildSession, image: StepImage, statement: Statement, files: string): Promise<CopyPlan> {
  const variables = session.args.variables(image.config)
  const value = (word: string): string => expand(word, variables, statement.escape)
  const verb = statement.name === 'ADD' ? 'ADD' : 'COPY'
  const words = wordsOf(statement.text, statement.escape).map(value)
  const destination = words.pop() ?? ''
  const named = words.filter((word) => !word.startsWith('<<'))
  const isRemote = (word: string): boolean => verb === 'ADD' && (/^https?:\/\//.test(word) || isGitUrl(word))
  const local = named.filter((word) => !isRemote(word))
  const search = {
    root: files,
    verb,
    inContext: flagOf(statement, 'from') === undefined,
    keepsParents: isFlagged(statement, 'parents'),
  } as const
  const sources: Source[] = local.length > 0 ? findSources(local, search) : []
  for (const url of named.filter(isRemote)) {
    sources.push(await remoteSource(session, statement, url, destination, value))
  }
  const chmod = flagOf(statement, 'chmod')
  return {
    verb,
    sources,
    texts: statement.heredocs.map(({ name, content, expand: replaces }) => {
      return { name, content: replaces ? expandDocument(content, variables, statement.escape) : content }
    }),
    destination,
    workingDir: image.config.WorkingDir ?? '/',
    unpack: verb === 'ADD' && !named.some(isRemote),
    isLinked: isFlagged(statement, 'link'),
    excluded: statement.flags.filter(({ name }) => name === 'exclude').map((flag) => value(flag.value ?? '')),
    ...(chmod !== undefined && { mode: parseMode(value(chmod)) }),
  }
}

async function remoteSource(
  { folder, signal }: BuildSession,
  statement: Statement,
  url: string,
  destination: string,
  value: (word: string) => string,
): Promise<Source> {
  if (isGitUrl(url)) return await gitSource(url, folder, isFlagged(statement, 'keep-git-dir'), signal)
  const checksum = flagOf(statement, 'checksum')
  const wanted = checksum === undefined ? undefined : value(checksum)
  return await downloadSource(url, { folder, destination, signal, ...(wanted !== undefined && { checksum: wanted }) })
}
