import { invalid } from '@essaim/base'
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { decompressed } from '../images/load/decompress.js'

/** A build's own folder: `context` with what the client sent, and room for what the build fetches. */
export interface BuildFolder extends AsyncDisposable {
  path: string
  context: string
}

/** Unpacks a context, compressed or not. tar(1) lets nothing out of the folder, whatever names and links say. */
export async function openContext(parent: string, tar: Readable, signal: AbortSignal): Promise<BuildFolder> {
  await mkdir(parent, { recursive: true, mode: 0o700 })
  const path = await mkdtemp(join(parent, 'b-'))
  const context = join(path, 'context')
  const dispose = (): Promise<void> => rm(path, { recursive: true, force: true })
  try {
    await mkdir(context)
    await unpack(await decompressed(tar, signal), context, signal)
    return { path, context, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

async function unpack(tar: Readable, folder: string, signal: AbortSignal): Promise<void> {
  const child = spawn('tar', ['-x', '-f', '-', '-C', folder, '--no-same-owner'], {
    stdio: ['pipe', 'ignore', 'pipe'],
    signal,
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  // tar's own exit says why it has stopped reading.
  const fed = pipeline(tar, child.stdin).catch(() => {})
  const code = await ended
  signal.throwIfAborted()
  tar.destroy()
  await fed
  if (code === 0) return
  const why =
    /(Unexpected EOF|No space left on device)/i.exec(said)?.[0]?.toLowerCase().replace('eof', 'EOF') ??
    'archive/tar: invalid tar header'
  throw invalid('build.context', `Error processing tar file(exit status 1): ${why}`)
}
