import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { repositoryRoot } from './daemon.js'

const run = promisify(execFile)

/** Types a command of the stock docker CLI at the daemon; answers what it printed. Throws when its exit code is not 0. */
export async function docker(daemon: { host: string }, ...args: string[]): Promise<string> {
  const env = { ...process.env, DOCKER_HOST: daemon.host, DOCKER_CLI_HINTS: 'false' }
  const { stdout } = await run('docker', args, { env, maxBuffer: 64 << 20 })
  return stdout.trim()
}

/** Likewise a command of our own CLI. */
export async function essaim(daemon: { host: string }, ...args: string[]): Promise<string> {
  const env = { ...process.env, DOCKER_HOST: daemon.host }
  const { stdout } = await run(process.execPath, [join(repositoryRoot, 'bin/essaim'), ...args], { env })
  return stdout.trim()
}

/** Asks every `everyMs` until `condition` holds; throws after `limitMs` with what it was last told. */
export async function eventually(
  what: string,
  condition: () => Promise<boolean | string>,
  limitMs = 60_000,
  everyMs = 100,
): Promise<void> {
  let last: boolean | string = false
  for (const end = Date.now() + limitMs; Date.now() < end; await sleep(everyMs)) {
    last = await condition()
    if (last === true) return
  }
  throw new Error(`${what} did not come within ${limitMs / 1000} s${typeof last === 'string' ? `: ${last}` : ''}`)
}
