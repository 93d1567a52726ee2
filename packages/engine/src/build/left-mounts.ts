import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Unmounts what a daemon that was killed has left mounted below a folder, the innermost first. */
export async function unmountBelow(folder: string): Promise<void> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n')
  const places = lines.map((line) => (line.split(' ')[4] ?? '').replace(/\\040/g, ' '))
  for (const place of places.filter((path) => path.startsWith(`${folder}/`)).toReversed()) {
    await run('umount', ['-l', '--', place])
  }
}
