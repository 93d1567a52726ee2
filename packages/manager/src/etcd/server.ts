import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { forbidden, internal, messageOf, sleep, type Logger } from '@essaim/base'
import { EtcdClient } from './client.js'
import { dataOf, flagsOf, socketOf, type MemberForm } from './flags.js'

export interface ServerOptions {
  form: MemberForm
  logger: Logger
  /** Looked up in PATH. */
  binary?: string
}

const startTimeoutMs = 30_000
const longestBackoffMs = 5000

/**
 * The etcd of this host, in a session of its own: it outlives us, so that the managers keep their quorum while a daemon is
 * replaced, and the next server with the same folder and flags adopts it. While it is supervised it is started again
 * whenever it dies.
 */
export class EtcdServer {
  readonly socket: string
  readonly #closed = new AbortController()
  #watching: Promise<void> = Promise.resolve()

  private constructor(
    private form: MemberForm,
    private readonly options: ServerOptions,
  ) {
    this.socket = socketOf(form.folder)
  }

  /** Resolves when it answers; with a quorum or without. */
  static async start(options: ServerOptions): Promise<EtcdServer> {
    const { form, logger } = options
    mkdirSync(form.folder, { recursive: true, mode: 0o700 })
    const running = livingEtcd(form.folder)
    const adopted = running !== undefined && isSame(running.flags, flagsOf(form))
    if (running && !adopted) await stopEtcd(form.folder)
    const server = new EtcdServer(form, options)
    const child = adopted ? undefined : server.#spawn()
    try {
      await server.#ready(child)
    } catch (error) {
      await server.stop()
      throw error
    }
    logger.info(adopted ? 'adopted etcd' : 'started etcd', { pid: livingEtcd(form.folder)?.pid, name: form.name })
    // A cluster is made anew once only.
    const { forceNew: _, ...lasting } = form
    server.form = lasting
    server.#watching = server.#watch(child)
    return server
  }

  /** Ends the supervision; etcd goes on. */
  async close(): Promise<void> {
    this.#closed.abort(new Error('closed'))
    await this.#watching
  }

  /** Ends the supervision and etcd. */
  async stop(): Promise<void> {
    await this.close()
    await stopEtcd(this.form.folder)
  }

  #spawn(): ChildProcess {
    const { binary = 'etcd', logger } = this.options
    // etcd does not take the place of a socket that one before it has left.
    rmSync(this.socket, { force: true })
    const log = openSync(logOf(this.form.folder), 'a', 0o600)
    try {
      // The pid file is written by the process itself, so that no death of ours can come between the two.
      const script = 'umask 077; echo $$ >"$1"; shift; exec "$@"'
      const words = ['-c', script, 'etcd', pidOf(this.form.folder), binary, ...flagsOf(this.form)]
      const child = spawn('/bin/sh', words, {
        detached: true,
        stdio: ['ignore', log, log],
        cwd: this.form.folder,
        env: { PATH: process.env['PATH'] ?? '' },
      })
      child.on('error', (error) => logger.error('cannot start etcd', { error: error.message }))
      child.unref()
      return child
    } finally {
      closeSync(log)
    }
  }

  async #ready(child: ChildProcess | undefined): Promise<void> {
    const { signal } = this.#closed
    const client = new EtcdClient(this.socket)
    try {
      for (const end = Date.now() + startTimeoutMs; ; await sleep(20, signal)) {
        try {
          await client.status({ timeoutMs: 1000, signal })
          return
        } catch (error) {
          signal.throwIfAborted()
          if (Date.now() > end || (child && hasEnded(child))) throw this.#failure(child, error)
        }
      }
    } finally {
      client.close()
    }
  }

  #failure(child: ChildProcess | undefined, cause: unknown): Error {
    // The shell's word for a program that is not there.
    if (child?.exitCode === 127) return etcdMissing()
    const log = logOf(this.form.folder)
    const last = existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').slice(-2).join('\n') : ''
    return internal('etcd.start', `etcd did not start: ${last}`, { hint: `see ${log}`, cause })
  }

  async #watch(child: ChildProcess | undefined): Promise<void> {
    const { signal } = this.#closed
    let backoff = 50
    try {
      for (;;) {
        const since = Date.now()
        await this.#death(child)
        this.options.logger.error('etcd died, starting it again', { after: `${backoff}ms` })
        if (Date.now() - since > 60_000) backoff = 50
        await sleep(backoff, signal)
        backoff = Math.min(backoff * 2, longestBackoffMs)
        child = this.#spawn()
        await this.#ready(child).catch((error: unknown) => {
          signal.throwIfAborted()
          this.options.logger.error(messageOf(error))
        })
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** An adopted one is not our child and is looked at. */
  async #death(child: ChildProcess | undefined): Promise<void> {
    const { signal } = this.#closed
    if (!child) {
      while (livingEtcd(this.form.folder) !== undefined) await sleep(250, signal)
      return
    }
    if (hasEnded(child)) return
    await new Promise<void>((resolve, reject) => {
      const onAbort = (): void => reject(signal.reason as Error)
      signal.addEventListener('abort', onAbort, { once: true })
      child.once('exit', () => {
        signal.removeEventListener('abort', onAbort)
        resolve()
      })
    })
  }
}

/** Ends the etcd of a folder, if one lives: SIGTERM, and SIGKILL after five seconds. */
export async function stopEtcd(folder: string): Promise<void> {
  const end = Date.now() + 5000
  for (let found = livingEtcd(folder); found; found = livingEtcd(folder)) {
    process.kill(found.pid, Date.now() < end ? 'SIGTERM' : 'SIGKILL')
    await sleep(30)
  }
}

/** Ends it and removes all that it holds. */
export async function eraseEtcd(folder: string): Promise<void> {
  await stopEtcd(folder)
  await rm(folder, { recursive: true, force: true })
}

export const hasEtcdData = (folder: string): boolean => existsSync(dataOf(folder))

export const etcdMissing = (where = 'this host'): Error =>
  forbidden('etcd.missing', `several managers need etcd, which is not installed on ${where}`, {
    hint: 'install it: apt-get install --no-install-recommends etcd-server',
  })

export const leadersHost = 'the host of the manager that leads'

export const isEtcdInstalled = (): boolean =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, 'etcd')))

const pidOf = (folder: string): string => join(folder, 'etcd.pid')
const logOf = (folder: string): string => join(folder, 'etcd.log')
const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

/** Flags of the first start alone do not count. */
function isSame(running: readonly string[], wanted: readonly string[]): boolean {
  const lasting = (flags: readonly string[]): string =>
    flags.filter((flag) => !/^--(initial-cluster|initial-cluster-state|force-new-cluster)=/.test(flag)).join('\0')
  return lasting(running) === lasting(wanted)
}

/** A number that was given to another process since is not taken for ours: its command line names another folder. */
function livingEtcd(folder: string): { pid: number; flags: string[] } | undefined {
  try {
    const pid = Number(readFileSync(pidOf(folder), 'utf8'))
    const [, ...flags] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean)
    return flags.includes(`--data-dir=${dataOf(folder)}`) ? { pid, flags } : undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined
    throw error
  }
}
