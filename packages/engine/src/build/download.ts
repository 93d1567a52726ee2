import { invalid } from '@essaim/base'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { stat, utimes } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Source } from './sources.js'

export interface Download {
  /** Where the file is kept for the time of the build. */
  folder: string
  /** Of the `ADD`: where its name is to come from the URL, there must be one. */
  destination: string
  /** `sha256:` and the digest that the file must have. */
  checksum?: string
  signal: AbortSignal
}

/** The file behind a URL of an `ADD`, with the time that the server gives it. It is root's alone, as Docker has it. */
export async function downloadSource(
  url: string,
  { folder, destination, checksum, signal }: Download,
): Promise<Source> {
  const base = URL.canParse(url) ? posix.basename(new URL(url).pathname) : ''
  if (base === '' && destination.endsWith('/')) {
    throw invalid('build.add', `cannot determine filename from url: ${shownUrl(url)}`)
  }
  const { path, answer } = await download(url, folder, 'ADD failed: ', signal)
  const modified = Date.parse(answer.headers.get('last-modified') ?? '')
  const time = new Date(Number.isNaN(modified) ? 0 : modified)
  await utimes(path, time, time)
  if (checksum !== undefined) await check(path, checksum, url)
  return { path, stat: await stat(path), base }
}

/** Fetches a URL into a file of `folder`. `prefix` stands before what is refused. */
export async function download(
  url: string,
  folder: string,
  prefix: string,
  signal: AbortSignal,
): Promise<{ path: string; answer: Response }> {
  const shown = shownUrl(url)
  const { plain, headers } = withoutCredentials(url)
  const answer = await fetch(plain, { signal, headers }).catch((cause: unknown) => {
    throw invalid('build.add', `${prefix}failed to GET ${shown}: ${reasonOf(cause)}`, { cause })
  })
  if (!answer.ok || !answer.body) {
    await answer.body?.cancel()
    throw invalid('build.add', `${prefix}failed to GET ${shown} with status ${answer.status} ${answer.statusText}`)
  }
  const path = join(folder, `get-${Math.random().toString(36).slice(2)}`)
  await pipeline(Readable.fromWeb(answer.body), createWriteStream(path, { mode: 0o600 }), { signal }).catch(
    (cause: unknown) => {
      signal.throwIfAborted()
      throw invalid('build.add', `${prefix}failed to GET ${shown}: ${reasonOf(cause)}`, { cause })
    },
  )
  return { path, answer }
}

/** A URL without its user and password, as it may be told. */
export function shownUrl(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//')
}

function withoutCredentials(url: string): { plain: string; headers: Record<string, string> } {
  if (!URL.canParse(url)) return { plain: url, headers: {} }
  const { username, password } = new URL(url)
  if (username === '') return { plain: url, headers: {} }
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { plain: shownUrl(url), headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` } }
}

async function check(path: string, checksum: string, url: string): Promise<void> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  const found = `sha256:${hash.digest('hex')}`
  if (found !== checksum) {
    throw invalid('build.checksum', `ADD failed: ${shownUrl(url)} has the digest ${found}, not ${checksum}`)
  }
}

function reasonOf(cause: unknown): string {
  const error = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause
  return error instanceof Error ? error.message : String(error)
}
