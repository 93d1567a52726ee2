import { spawn } from 'node:child_process'
import { mkdir, readdir, unlink, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { internal } from '@essaim/base'

export interface Sysctl {
  /** Dotted, such as net.ipv4.ip_forward. */
  key: string
  value: string
  /** A kernel that lacks it is no error. */
  optional?: boolean
}

/** What is to be set up inside a namespace, in this order. */
export interface Setup {
  sysctls: Sysctl[]
  /** Called with the id of a process that is inside, for moving links there. */
  links?: (pid: number) => Promise<void>
  /** Lines for `ip -batch`. */
  ip: string[]
  /** For `nft -f`: one transaction; empty for none. */
  rules: string
}

/**
 * One shell does it all, for a process start costs more than the work. Once the parameters are set (new links take
 * theirs from them) it says that it is inside, and waits for the links: they are moved by its process id. (A long-lived
 * `ip` that is given a path never closes the namespace again.) The rules need no links: they are made meanwhile.
 */
const script = `
while read -r need path value; do
  { printf %s "$value" > "/proc/sys/$path"; } 2>/dev/null && continue
  [ "$need" = optional ] && continue
  echo "cannot set sysctl $path to $value" >&2
  exit 1
done <&3
if [ -n "$2" ]; then nft -f - <&5 & fi
echo ready
read -r go || exit 1
if [ -n "$1" ]; then ip -batch - <&4 || exit 1; fi
if [ -n "$2" ]; then wait $!; fi
`

/** Makes a namespace that stays, bound to the file `path`, tells `bound` when it is, and sets it up. */
export async function createNamespace(path: string, setup: Setup, bound?: () => void): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await writeFile(path, '', { mode: 0o600 })
  await run('unshare', path, setup, bound)
}

/** Sets up something more in a namespace that is there. */
export function enterNamespace(path: string, setup: Partial<Setup>): Promise<void> {
  return run('nsenter', path, { sysctls: [], ip: [], rules: '', ...setup })
}

/** With the last process gone the kernel then removes the namespace and its links. Tolerates what is not there. */
export async function removeNamespace(path: string): Promise<void> {
  const child = spawn('umount', ['--lazy', '--quiet', path], { stdio: 'ignore' })
  await new Promise<void>((resolve, reject) => child.once('error', reject).once('close', () => resolve()))
  await unlink(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

/** The namespaces that are bound in a folder. */
export async function listNamespaces(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
}

async function run(how: 'unshare' | 'nsenter', path: string, setup: Setup, bound?: () => void): Promise<void> {
  const asked = [setup.ip.length > 0 ? 'ip' : '', setup.rules === '' ? '' : 'rules']
  const child = spawn(how, [`--net=${path}`, 'sh', '-c', script, 'sh', ...asked], {
    stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code))
  })
  const ready = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()))
  const pipes: readonly unknown[] = child.stdio
  feed(pipes[3], setup.sysctls.map(sysctlLine).join(''))
  feed(pipes[4], setup.ip.map((line) => `${line}\n`).join(''))
  feed(pipes[5], setup.rules)
  const first = await Promise.race([ready, ended])
  if (first === undefined) bound?.()
  if (first === undefined && child.pid !== undefined) {
    try {
      await setup.links?.(child.pid)
    } catch (error) {
      child.stdin.destroy()
      await ended
      throw error
    }
  }
  feed(child.stdin, 'go\n')
  const code = await ended
  if (code !== 0) throw internal('network.namespace', `setting up the network namespace failed: ${said.trim()}`)
}

function sysctlLine({ key, value, optional }: Sysctl): string {
  return `${optional ? 'optional' : 'needed'} ${key.replaceAll('.', '/')} ${value}\n`
}

function feed(pipe: unknown, text: string): void {
  const writable = pipe as Writable
  // A child that ended early says why on its standard error; the broken pipe adds nothing to that.
  writable.on('error', () => {})
  writable.end(text)
}
