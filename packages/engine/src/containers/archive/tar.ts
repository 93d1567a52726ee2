import { spawn } from 'node:child_process'
import { PassThrough, type Readable } from 'node:stream'
import { internal } from '@essaim/base'

/** tar's exit code when a file changed while it was read: Docker takes no notice of that either. */
const changed = 1

/** The `names` below `folder` as a tar stream. Fails with tar's own words. */
export function packTar(folder: string, names: string[], options: string[], signal: AbortSignal): Readable {
  const args = ['--create', '--file=-', '--numeric-owner', `--directory=${folder}`, ...options, '--', ...names]
  const child = spawn('tar', args, { stdio: ['ignore', 'pipe', 'pipe'], signal })
  const out = new PassThrough()
  let complaint = ''
  child.stderr.on('data', (data: Buffer) => {
    if (complaint.length < 1000) complaint += data.toString()
  })
  child.on('error', (error) => out.destroy(error))
  child.stdout.on('error', (error) => out.destroy(error))
  child.stdout.pipe(out, { end: false })
  child.on('close', (code) => {
    if (code === 0 || code === changed) out.end()
    else out.destroy(internal('container.archive', `tar: ${complaint.trim()}`))
  })
  out.on('close', () => child.kill())
  return out
}

/** A stream of `make`'s, which `around` keeps possible: it is called before and ends after the stream does. */
export async function streamWithin(
  around: (work: (root: string) => Promise<void>) => Promise<void>,
  make: (root: string) => Readable,
): Promise<Readable> {
  return new Promise((resolve, reject) => {
    around(async (root) => {
      const stream = make(root)
      const closed = new Promise<void>((done) => stream.once('close', done))
      resolve(stream)
      await closed
    }).catch(reject)
  })
}
