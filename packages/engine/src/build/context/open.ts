import { invalid, IgnoreRules, notImplemented } from '@essaim/base'
import { readdirSync } from 'node:fs'
import { mkdir, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { isArchive } from '../archive.js'
import { download, shownUrl } from '../download.js'
import { checkOut, isGitUrl, parseGitUrl } from '../git.js'
import { findIn } from '../rooted.js'
import { unpack, unpackFile } from './unpack.js'

/** A build's own folder: `context` with what is built from, and room for what the build fetches. */
export interface BuildFolder extends AsyncDisposable {
  path: string
  context: string
  dockerfile: Buffer
}

export interface ContextSource {
  /** What the client sends: a tar, compressed or not. Not read where there is `remote`. */
  body: Readable
  /** A repository, an archive or a Dockerfile, by its URL. */
  remote: string | undefined
  /** The path of the Dockerfile in the context. */
  dockerfile: string
}

/** Brings a context here. Nothing of it stays when the folder is disposed of, or when this fails. */
export async function openContext(parent: string, source: ContextSource, signal: AbortSignal): Promise<BuildFolder> {
  await mkdir(parent, { recursive: true, mode: 0o700 })
  const path = await mkdtemp(join(parent, 'b-'))
  const dispose = (): Promise<void> => rm(path, { recursive: true, force: true })
  try {
    const folder = join(path, 'context')
    await mkdir(folder)
    const { context, dockerfile = source.dockerfile } = await bring(source, path, folder, signal)
    const text = await readDockerfile(context, dockerfile)
    await leaveOut(context, dockerfile, source.remote !== undefined)
    return { path, context, dockerfile: text, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

async function bring(
  { body, remote }: ContextSource,
  path: string,
  folder: string,
  signal: AbortSignal,
): Promise<{ context: string; dockerfile?: string }> {
  if (remote === undefined) {
    await unpack(body, folder, signal)
    return { context: folder }
  }
  if (remote === 'client-session') {
    throw notImplemented('build.session', 'a context that comes over a session needs BuildKit', {
      hint: 'build with DOCKER_BUILDKIT=0',
    })
  }
  if (isGitUrl(remote)) return { context: await checkOut(parseGitUrl(remote), join(path, 'git'), signal) }
  if (!/^https?:\/\//.test(remote)) {
    throw invalid('build.remote', `remoteURL (${shownUrl(remote)}) could not be recognized as URL`)
  }
  const { path: file } = await download(remote, path, 'error downloading remote context: ', signal)
  if (await isArchive(file)) {
    await unpackFile(file, folder, signal)
    return { context: folder }
  }
  await takeAsDockerfile(file, folder, remote)
  return { context: folder, dockerfile: 'Dockerfile' }
}

/** A text behind a URL is a Dockerfile without a context. */
async function takeAsDockerfile(file: string, folder: string, remote: string): Promise<void> {
  const handle = await open(file)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4096), 0, 4096, 0)
    if (buffer.subarray(0, bytesRead).includes(0)) {
      throw invalid('build.remote', `${shownUrl(remote)} is neither an archive nor the text of a Dockerfile`)
    }
  } finally {
    await handle.close()
  }
  await rename(file, join(folder, 'Dockerfile'))
}

async function readDockerfile(context: string, name: string): Promise<Buffer> {
  // Docker's own fallback for a name in small letters.
  const found = findIn(context, name) ?? (name === 'Dockerfile' ? findIn(context, 'dockerfile') : undefined)
  if (!found?.stat.isFile()) throw invalid('build.dockerfile', `Cannot locate specified Dockerfile: ${name}`)
  return await readFile(found.path)
}

/**
 * Of what a client has sent, it has left out itself what is ignored, but for the Dockerfile and the list, which have
 * come to be read here. What was fetched by us is gone through whole.
 */
async function leaveOut(context: string, dockerfile: string, isRemote: boolean): Promise<void> {
  const lists = [`${dockerfile}.dockerignore`, '.dockerignore']
  const list = lists.map((name) => findIn(context, name)).find((found) => found?.stat.isFile())
  if (!list) return
  const rules = IgnoreRules.parse(await readFile(list.path, 'utf8'))
  const names = isRemote
    ? ignoredBelow(context, '', rules)
    : [dockerfile, ...lists].filter((name) => rules.excludes(name))
  for (const name of names) {
    const folder = findIn(context, join(name, '..'))
    if (folder) await rm(join(folder.path, name.split('/').at(-1) ?? ''), { recursive: true, force: true })
  }
}

function ignoredBelow(context: string, folder: string, rules: IgnoreRules): string[] {
  return readdirSync(join(context, folder), { withFileTypes: true }).flatMap((entry) => {
    const name = folder === '' ? entry.name : `${folder}/${entry.name}`
    const excluded = rules.excludes(name)
    if (!entry.isDirectory()) return excluded ? [name] : []
    return excluded && !rules.mayKeepBelow(name) ? [name] : ignoredBelow(context, name, rules)
  })
}
