import { internal, invalid, sleep, type Logger } from '@essaim/base'
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Containerd } from './client.js'
import { containerdConfig } from './config.js'

export interface SuperviseOptions {
  dataRoot: string
  execRoot: string
  logger: Logger
  /** Looked up in PATH. */
  binary?: string
}

/** Linux: the length of sun_path, less its final zero. */
const longestSocketPath = 107
const startTimeout = 30_000
const longestBackoff = 10_000

/**
 * A containerd of our own, in a session of its own: it outlives us, and the next supervisor of the same roots adopts
 * it. While it is supervised it is started again whenever it dies.
 */
export class Supervisor {
  readonly address: string
  readonly #folder: string
  readonly #pidFile: string
  readonly #configFile: string
  readonly #closed = new AbortController()
  #watching: Promise<void> = Promise.resolve()

  private constructor(private readonly options: SuperviseOptions) {
    this.#folder = join(options.execRoot, 'containerd')
    this.address = join(this.#folder, 'containerd.sock')
    this.#pidFile = join(this.#folder, 'containerd.pid')
    this.#configFile = join(this.#folder, 'containerd.toml')
  }

  /** Resolves when it answers. */
  static async start(options: SuperviseOptions): Promise<Supervisor> {
    const supervisor = new Supervisor(options)
    if (supervisor.address.length > longestSocketPath) {
      throw invalid('containerd.socket-path', `${supervisor.address} is too long for the path of a socket`, {
        hint: `choose an exec-root that makes it at most ${longestSocketPath} characters`,
      })
    }
    mkdirSync(supervisor.#folder, { recursive: true, mode: 0o711 })
    mkdirSync(join(options.dataRoot, 'containerd'), { recursive: true, mode: 0o711 })
    const adopted = supervisor.pid() !== undefined
    const child = adopted ? undefined : supervisor.#spawn()
    await supervisor.#ready()
    options.logger.info(adopted ? 'adopted containerd' : 'started containerd', { pid: supervisor.pid() })
    supervisor.#watching = supervisor.#watch(child)
    return supervisor
  }

  /** containerd's folder for what lives as long as the host does. */
  get state(): string {
    return join(this.#folder, 'state')
  }

  /** Of the containerd of these roots, if it lives. */
  pid(): number | undefined {
    return livingPid(this.#pidFile, this.#configFile)
  }

  /** Ends the supervision; containerd goes on. */
  async close(): Promise<void> {
    this.#closed.abort(new Error('closed'))
    await this.#watching
  }

  /** Ends the supervision and containerd. Containers go on without it. */
  async stop(): Promise<void> {
    await this.close()
    await stopContainerd(this.options.execRoot)
  }

  #spawn(): ChildProcess {
    const root = join(this.options.dataRoot, 'containerd')
    const { state } = this
    writeFileSync(this.#configFile, containerdConfig({ root, state, address: this.address }), { mode: 0o600 })
    const log = openSync(join(this.#folder, 'containerd.log'), 'a', 0o600)
    try {
      // The pid file is written by the process itself, so that no death of ours can come between the two.
      const script = 'echo $$ >"$1"; exec "$2" --config "$3"'
      const binary = this.options.binary ?? 'containerd'
      const child = spawn('/bin/sh', ['-c', script, 'containerd', this.#pidFile, binary, this.#configFile], {
        detached: true,
        stdio: ['ignore', log, log],
        cwd: '/',
      })
      child.on('error', (error) => this.options.logger.error('cannot start containerd', { error: error.message }))
      child.unref()
      return child
    } finally {
      closeSync(log)
    }
  }

  async #ready(): Promise<void> {
    const client = new Containerd({ address: this.address })
    const end = Date.now() + startTimeout
    try {
      for (;;) {
        try {
          await client.version.get({ timeout: 1000, signal: this.#closed.signal })
          return
        } catch (error) {
          this.#closed.signal.throwIfAborted()
          if (Date.now() > end || this.pid() === undefined) await this.#explainFailure(end, error)
        }
        await sleep(20, this.#closed.signal)
      }
    } finally {
      client.close()
    }
  }

  async #explainFailure(end: number, cause: unknown): Promise<void> {
    // The shell needs a moment to write the pid file.
    await sleep(500, this.#closed.signal)
    if (Date.now() < end && this.pid() !== undefined) return
    const log = join(this.#folder, 'containerd.log')
    const last = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-3).join('\n')
    throw internal('containerd.start', `containerd did not start: ${last}`, { hint: `see ${log}`, cause })
  }

  async #watch(child: ChildProcess | undefined): Promise<void> {
    const { signal } = this.#closed
    let backoff = 100
    try {
      for (;;) {
        const since = Date.now()
        await this.#death(child)
        this.options.logger.error('containerd died, starting it again', { after: `${backoff}ms` })
        if (Date.now() - since > 60_000) backoff = 100
        await sleep(backoff, signal)
        backoff = Math.min(backoff * 2, longestBackoff)
        child = this.#spawn()
        await this.#ready().catch((error: unknown) => {
          signal.throwIfAborted()
          this.options.logger.error(String(error))
        })
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** An adopted one is not our child and is looked at once a second. */
  async #death(child: ChildProcess | undefined): Promise<void> {
    const { signal } = this.#closed
    if (child) {
      if (child.exitCode !== null || child.signalCode !== null) return
      await new Promise<void>((resolve, reject) => {
        child.once('exit', () => resolve())
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
      })
      return
    }
    while (this.pid() !== undefined) await sleep(1000, signal)
  }
}

/** Ends the containerd of an exec-root, if one lives: SIGTERM, and SIGKILL after ten seconds. */
export async function stopContainerd(execRoot: string): Promise<void> {
  const folder = join(execRoot, 'containerd')
  const pid = (): number | undefined => livingPid(join(folder, 'containerd.pid'), join(folder, 'containerd.toml'))
  const end = Date.now() + 10_000
  for (let found = pid(); found !== undefined; found = pid()) {
    process.kill(found, Date.now() < end ? 'SIGTERM' : 'SIGKILL')
    await sleep(50)
  }
}

/** A number that was given to another process since is not taken for ours: its command line names another file. */
function livingPid(pidFile: string, configFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'))
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    // A zombie has an empty command line.
    return command.includes(configFile) ? pid : undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH'))
      return undefined
    throw error
  }
}
