import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, closeSync, existsSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createHost, type NetworkHost } from './netns.js'
import { killTree, unmountBelow } from './leftovers.js'

/** The repository's root: this file is compiled to packages/testing/dist. */
export const repositoryRoot = resolve(import.meta.dirname, '../../..')

export interface DaemonOptions {
  /** A short name, unique among the tests that run at the same time. */
  name: string
  /** Third number of the host's address, unique likewise (see `createHost`). */
  subnet: number
  flags?: string[]
}

/** A real essaimd on a host of its own (a network namespace), with its data below a temporary folder. */
export class TestDaemon implements AsyncDisposable {
  #child: ChildProcess | undefined

  private constructor(
    readonly net: NetworkHost,
    /** Short, for the sockets below it: a socket's path holds 107 bytes. */
    readonly folder: string,
    private readonly flags: string[],
    private readonly hostname?: string,
  ) {}

  static async start(options: DaemonOptions): Promise<TestDaemon> {
    const net = await createHost(`es-${options.name}`, options.subnet)
    const folder = await mkdtemp(`/tmp/es-${options.name}-`)
    return TestDaemon.on(net, folder, options.flags ?? [])
  }

  /** On a host that is there already, which is the daemon's from here on. With `hostname`, the host has one of its own. */
  static async on(net: NetworkHost, folder: string, flags: string[], hostname?: string): Promise<TestDaemon> {
    const daemon = TestDaemon.existing(net, folder, flags, hostname)
    try {
      await daemon.up()
    } catch (error) {
      await daemon[Symbol.asyncDispose]()
      throw error
    }
    return daemon
  }

  /** One that another process has started, or that is to be started with `up`. */
  static existing(net: NetworkHost, folder: string, flags: string[], hostname?: string): TestDaemon {
    return new TestDaemon(net, folder, flags, hostname)
  }

  get dataRoot(): string {
    return join(this.folder, 'data')
  }

  get execRoot(): string {
    return join(this.folder, 'run')
  }

  get socket(): string {
    return join(this.folder, 'docker.sock')
  }

  /** For DOCKER_HOST. */
  get host(): string {
    return `unix://${this.socket}`
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Starts essaimd and waits (30 s at most) until its API answers. */
  async up(): Promise<void> {
    await mkdir(this.folder, { recursive: true })
    const log = openSync(join(this.folder, 'essaimd.log'), 'a')
    const named = ['unshare', '--uts', 'sh', '-c', 'hostname "$1"; shift; exec "$@"', 'sh', this.hostname ?? '']
    const words = [
      ...this.net.enter,
      ...(this.hostname === undefined ? [] : named),
      join(repositoryRoot, 'bin/essaimd'),
      ...['--data-root', this.dataRoot, '--exec-root', this.execRoot, '--host', this.host],
      ...['--pidfile', join(this.folder, 'essaimd.pid'), ...this.flags],
    ]
    const [command, ...args] = words as [string, ...string[]]
    const child = spawn(command, args, { stdio: ['ignore', log, log], detached: true })
    closeSync(log)
    this.#child = child
    for (const end = Date.now() + 30_000; ; await sleep(50)) {
      if (await answers(this.socket)) return
      if (child.exitCode !== null || Date.now() > end) {
        throw new Error(`essaimd did not come up; its log:\n${(await this.log()).slice(-4000)}`)
      }
    }
  }

  /** Ends essaimd with `signal` and waits until it is gone. What it runs goes on. */
  async down(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
    this.#child = undefined
  }

  /** SIGKILL by its pid file: for a daemon that another process has started. */
  async kill(): Promise<void> {
    const pid = Number(await readFile(join(this.folder, 'essaimd.pid'), 'utf8'))
    process.kill(pid, 'SIGKILL')
    while (existsSync(`/proc/${pid}`)) await sleep(20)
  }

  log(): Promise<string> {
    return readFile(join(this.folder, 'essaimd.log'), 'utf8')
  }

  /** Resident memory of essaimd in bytes. */
  residentBytes(): number {
    const status = readFileSync(`/proc/${this.pid ?? 0}/status`, 'utf8')
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024
  }

  /** As a host without power: everything that was started below the folder is gone, and only its disk is left. */
  async powerOff(): Promise<void> {
    await this.down('SIGKILL')
    await killTree(this.folder)
    await unmountBelow(this.folder)
    await rm(this.execRoot, { recursive: true, force: true })
    await rm(this.socket, { force: true })
  }

  /** Kills all that was started below the folder, and removes the folder and the host. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.powerOff()
    if (existsSync(this.folder)) await rm(this.folder, { recursive: true, force: true })
    await this.net[Symbol.asyncDispose]()
  }
}

function answers(socket: string): Promise<boolean> {
  return new Promise((settle) => {
    const ping = request({ socketPath: socket, path: '/_ping', timeout: 2000 }, (response) => {
      response.resume()
      settle(response.statusCode === 200)
    })
    ping.on('error', () => settle(false))
    ping.on('timeout', () => ping.destroy())
    ping.end()
  })
}
