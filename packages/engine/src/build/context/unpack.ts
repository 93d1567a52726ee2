import { invalid } from '@essaim/base'
import { spawn } from 'node:child_process'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { decompressed } from '../../images/load/decompress.js'
import { completed } from './completed.js'

/** Unpacks a context, compressed or not. tar(1) lets nothing out of the folder, whatever names and links say. */
export async function unpack(archive: Readable, folder: string, signal: AbortSignal): Promise<void> {
  const tar = Readable.from(completed(await decompressed(archive, signal)), { objectMode: false })
  const child = spawn('tar', ['-x', '-f', '-', '-C', folder, '--no-same-owner', '--delay-directory-restore'], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
    signal,
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4096)))
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  // tar's own exit says why it has stopped reading; what was wrong before it came there is what counts.
  const fed = pipeline(tar, child.stdin).then(
    () => undefined,
    (error: unknown) => error,
  )
  const code = await ended
  signal.throwIfAborted()
  tar.destroy()
  const failure = await fed
  if (code === 0 && failure === undefined) return
  // Of a file that did not fit tar says how much of it did.
  const told =
    /(Unexpected EOF|No space left on device)/i.exec(said)?.[0]?.toLowerCase().replace('eof', 'EOF') ??
    (/Wrote only \d+ of/.test(said) ? 'no space left on device' : undefined) ??
    (failure instanceof Error && !/EPIPE|premature/i.test(`${failure.message} ${String(Reflect.get(failure, 'code'))}`)
      ? failure.message
      : 'archive/tar: invalid tar header')
  throw invalid('build.context', `Error processing tar file(exit status 1): ${told}`)
}

export async function unpackFile(path: string, folder: string, signal: AbortSignal): Promise<void> {
  await unpack(createReadStream(path), folder, signal)
}
