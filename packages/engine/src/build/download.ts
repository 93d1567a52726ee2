import { invalid } from '@essaim/base'
import { createWriteStream } from 'node:fs'
import { stat, utimes } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Source } from './sources.js'

/** The file behind a URL of an `ADD`, with the time that the server gives it. It is root's alone, as Docker has it. */
export async function downloadSource(
  url: string,
  folder: string,
  destination: string,
  signal: AbortSignal,
): Promise<Source> {
  const base = posix.basename(new URL(url).pathname)
  if (base === '' && destination.endsWith('/')) {
    throw invalid('build.add', `cannot determine filename from url: ${url}`)
  }
  const answer = await fetch(url, { signal }).catch((cause: unknown) => {
    throw invalid('build.add', `ADD failed: failed to GET ${url}`, { cause })
  })
  if (!answer.ok || !answer.body) {
    throw invalid('build.add', `ADD failed: failed to GET ${url} with status ${answer.status} ${answer.statusText}`)
  }
  const path = join(folder, `add-${Math.random().toString(36).slice(2)}`)
  await pipeline(Readable.fromWeb(answer.body), createWriteStream(path, { mode: 0o600 }))
  const modified = Date.parse(answer.headers.get('last-modified') ?? '')
  const time = new Date(Number.isNaN(modified) ? 0 : modified)
  await utimes(path, time, time)
  return { path, stat: await stat(path), base }
}
