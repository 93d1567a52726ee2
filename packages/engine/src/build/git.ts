import { invalid, messageOf, notImplemented } from '@essaim/base'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { shownUrl } from './download.js'
import { findIn } from './rooted.js'
import type { Source } from './sources.js'

export interface GitPlace {
  /** With the credentials that it was given with. */
  url: string
  /** A branch, a tag or a commit; empty for what the repository has by default. */
  ref: string
  /** A folder in it; empty for all. */
  folder: string
}

/** What Docker takes for the address of a repository rather than of a file. */
export function isGitUrl(text: string): boolean {
  return /^(git:\/\/|github\.com\/|git@|ssh:\/\/)/.test(text) || /^https?:\/\/.*\.git(#.*)?$/.test(text)
}

/** `URL#ref:folder`. Throws for what cannot be fetched by a daemon, and what only looks like a reference. */
export function parseGitUrl(text: string): GitPlace {
  const [address = '', fragment = ''] = text.split(/#(.*)/s)
  if (/^(git@|ssh:)/.test(address)) {
    throw notImplemented('build.git', `${address}: the daemon has no keys to fetch over SSH with`, {
      hint: 'clone it, and build the folder',
    })
  }
  const url = address.startsWith('github.com/') ? `https://${address}` : address
  if (!URL.canParse(url)) throw invalid('build.git', `${shownUrl(address)} is no address of a repository`)
  const [ref = '', folder = ''] = fragment.split(/:(.*)/s)
  if (!/^[\w./@{}^~+-]*$/.test(ref) || ref.startsWith('-') || ref.includes('..')) {
    throw invalid('build.git', `invalid git reference ${JSON.stringify(ref)}`)
  }
  return { url: new URL(url).href, ref, folder }
}

/** Fetches one state of a repository into a folder below `parent`; answers the part of it that is meant. */
export async function checkOut(place: GitPlace, parent: string, signal: AbortSignal): Promise<string> {
  await mkdir(parent, { recursive: true })
  const root = await mkdtemp(join(parent, 'git-'))
  const settings = await credentials(place.url, `${root}.config`)
  const shown = shownUrl(place.url)
  try {
    const git = (...args: string[]): Promise<void> => runGit([...settings, ...args], root, shown, signal)
    await git('init', '--quiet', '--', '.')
    await git('remote', 'add', 'origin', shown)
    const fetch = (...depth: string[]): Promise<void> =>
      git('fetch', '--quiet', ...depth, '--recurse-submodules=no', 'origin', place.ref || 'HEAD')
    // A server that hands out files alone has whole histories only.
    await fetch('--depth', '1').catch((error: unknown) => {
      if (!/dumb http transport/.test(messageOf(error))) throw error
      return fetch()
    })
    await git('checkout', '--quiet', '--force', 'FETCH_HEAD')
    await git('submodule', '--quiet', 'update', '--init', '--recursive', '--depth=1')
  } finally {
    await rm(`${root}.config`, { force: true })
  }
  const found = findIn(root, place.folder)
  if (!found?.stat.isDirectory()) throw invalid('build.git', `${place.folder} is no folder of ${shown}`)
  return found.path
}

/** A repository as the source of an `ADD`. */
export async function gitSource(
  url: string,
  parent: string,
  keepsGitFolder: boolean,
  signal: AbortSignal,
): Promise<Source> {
  const path = await checkOut(parseGitUrl(url), parent, signal)
  if (!keepsGitFolder) await rm(join(path, '.git'), { recursive: true, force: true })
  return { path, stat: await stat(path), base: posix.basename(path) }
}

/** User and password reach git by a file of ours alone: neither by its arguments, nor into the repository's own settings. */
async function credentials(url: string, file: string): Promise<string[]> {
  const plain = shownUrl(url)
  if (plain === url) return []
  const { origin } = new URL(plain)
  const { username, password } = new URL(url)
  const secret = new URL(origin)
  Object.assign(secret, { username, password })
  await writeFile(file, `[url "${secret.href}"]\n\tinsteadOf = ${origin}/\n`, { mode: 0o600 })
  return ['-c', `include.path=${file}`]
}

/** No settings of the host's, no hooks, no questions, and no way of fetching but these. */
const surroundings = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '/bin/false',
  GIT_ALLOW_PROTOCOL: 'git:http:https',
  GIT_PROTOCOL_FROM_USER: '0',
}

async function runGit(args: string[], cwd: string, shown: string, signal: AbortSignal): Promise<void> {
  const safe = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'safe.directory=*']
  const child = spawn('git', [...safe, ...args], {
    cwd,
    env: surroundings,
    stdio: ['ignore', 'ignore', 'pipe'],
    signal,
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4096)))
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (cause: NodeJS.ErrnoException) => {
      if (signal.aborted || cause.code !== 'ENOENT') return reject(cause)
      reject(notImplemented('build.git', 'git is not installed on this host', { hint: 'apt-get install git' }))
    })
    child.on('close', resolve)
  })
  if (code === 0) return
  throw invalid('build.git', `error fetching ${shown}: ${shownUrl(said.trim().split('\n').slice(-2).join(': '))}`)
}
