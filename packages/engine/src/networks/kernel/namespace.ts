import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { mkdir, readdir, readFile, rm, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { internal } from '@essaim/base'

export interface Sysctl {
  /** Dotted, such as net.ipv4.ip_forward. */
  key: string
  value: string
  /** A kernel that lacks it is no error. */
  optional?: boolean
}

/** What is to be set up inside a namespace: parameters first, for new links take theirs from them. */
export interface Setup {
  sysctls: Sysctl[]
  /** Lines for `ip -batch`. */
  ip: string[]
  /** For `nft -f`: one transaction; empty for none. Needs no links, and is made meanwhile. */
  rules: string
}

interface Waiting {
  bound(): void
  settle(status: number | Error): void
}

type Verb = 'create' | 'enter' | 'remove'

/** Runs inside the namespace, with the path of the job's files before their endings. */
const inside = `
echo "\${1##*/} bound" >&3
if [ -e "$1.sysctl" ]; then
  while read -r need path value; do
    { printf %s "$value" > "/proc/sys/$path"; } 2>/dev/null && continue
    [ "$need" = optional ] && continue
    echo "cannot set sysctl $path to $value" >&2
    exit 1
  done < "$1.sysctl"
fi
if [ -e "$1.nft" ]; then nft -f "$1.nft" & fi
if [ -e "$1.ip" ]; then ip -batch "$1.ip" || exit 1; fi
if [ -e "$1.nft" ]; then wait $!; fi
`

/**
 * Starts a process for each line that it reads, several at a time. This shell is small; a start from the daemon itself
 * would stop it for as long as the kernel takes to set up the copy of a large process.
 */
const outside = `
exec 3>&1
while read -r verb id path; do
  {
    case $verb in
      create) unshare "--net=$path" sh -c "$2" sh "$1/$id" ;;
      enter) nsenter "--net=$path" sh -c "$2" sh "$1/$id" ;;
      remove) umount --lazy --quiet "$path"; true ;;
    esac >/dev/null 2>"$1/$id.err" </dev/null
    echo "$id $?"
  } &
done
wait
`

/** Network namespaces that stay, each bound to a file of one folder. */
export class Namespaces {
  #child: ChildProcessByStdio<Writable, Readable, null> | undefined
  readonly #waiting = new Map<string, Waiting>()
  #serial = 0

  private constructor(
    private readonly folder: string,
    private readonly jobs: string,
  ) {}

  /** `jobs` is a folder for what is handed to the helper; what an earlier one left there is removed. */
  static async open(folder: string, jobs: string): Promise<Namespaces> {
    await rm(jobs, { recursive: true, force: true })
    await Promise.all([mkdir(folder, { recursive: true, mode: 0o700 }), mkdir(jobs, { recursive: true, mode: 0o700 })])
    return new Namespaces(folder, jobs)
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** A process in the host's namespace: links inside name it to have their other end there. */
  get hostPid(): number {
    return (this.#child ??= this.#start()).pid ?? 0
  }

  /** `bound` is called once the namespace can be entered, before anything is in it. */
  async create(name: string, setup: Setup, bound: () => void): Promise<void> {
    await writeFile(this.path(name), '', { mode: 0o600 })
    await this.#run('create', name, setup, bound)
  }

  /** Sets up something more in a namespace that is there. */
  enter(name: string, setup: Partial<Setup>): Promise<void> {
    return this.#run('enter', name, { sysctls: [], ip: [], rules: '', ...setup })
  }

  /** With the last process gone the kernel then removes the namespace and its links. Tolerates what is not there. */
  async remove(name: string): Promise<void> {
    await this.#run('remove', name, { sysctls: [], ip: [], rules: '' })
    await unlink(this.path(name)).catch(tolerateMissing)
  }

  list(): Promise<string[]> {
    return readdir(this.folder)
  }

  async close(): Promise<void> {
    const child = this.#child
    if (!child) return
    const gone = new Promise((resolve) => child.once('close', resolve))
    child.stdin.end()
    await gone
  }

  async #run(verb: Verb, name: string, setup: Setup, bound = (): void => {}): Promise<void> {
    const id = String(++this.#serial)
    const job = join(this.jobs, id)
    const files = [
      [`${job}.sysctl`, setup.sysctls.map(sysctlLine).join('')],
      [`${job}.ip`, setup.ip.map((line) => `${line}\n`).join('')],
      [`${job}.nft`, setup.rules],
    ] as const
    const used = files.filter(([, text]) => text !== '')
    try {
      await Promise.all(used.map(([path, text]) => writeFile(path, text, { mode: 0o600 })))
      const status = await this.#ask(`${verb} ${id} ${this.path(name)}`, id, bound)
      if (status === 0) return
      const said = (await readFile(`${job}.err`, 'utf8')).trim()
      throw internal('network.namespace', `setting up the network namespace failed: ${said}`)
    } finally {
      await Promise.all(
        [...used.map(([path]) => path), `${job}.err`].map((path) => unlink(path).catch(tolerateMissing)),
      )
    }
  }

  async #ask(line: string, id: string, bound: () => void): Promise<number> {
    const child = (this.#child ??= this.#start())
    const status = await new Promise<number | Error>((settle) => {
      this.#waiting.set(id, { bound, settle })
      child.stdin.write(`${line}\n`)
    })
    if (typeof status === 'number') return status
    throw status
  }

  #start(): ChildProcessByStdio<Writable, Readable, null> {
    const child = spawn('sh', ['-c', outside, 'sh', this.jobs, inside], { stdio: ['pipe', 'pipe', 'inherit'] })
    // A write to a helper that is gone fails here; its 'close' event deals with it.
    child.stdin.on('error', () => {})
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [id = '', status] = line.split(' ')
      const waiting = this.#waiting.get(id)
      if (status === 'bound') return waiting?.bound()
      this.#waiting.delete(id)
      waiting?.settle(Number(status))
    })
    const ended = (reason: Error): void => {
      if (this.#child !== child) return
      this.#child = undefined
      for (const waiting of this.#waiting.values()) waiting.settle(reason)
      this.#waiting.clear()
    }
    child.once('error', (error) => ended(error))
    child.once('close', (code, signal) => {
      ended(internal('network.helper', `the helper for namespaces ended (${signal ?? code})`))
    })
    return child
  }
}

function sysctlLine({ key, value, optional }: Sysctl): string {
  return `${optional ? 'optional' : 'needed'} ${key.replaceAll('.', '/')} ${value}\n`
}

function tolerateMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
