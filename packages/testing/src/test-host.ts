import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { TestDaemon } from './daemon.js'
import { Lan, type Slowness } from './lan.js'
import { killTree, unmountBelow } from './leftovers.js'
import type { NetworkHost } from './netns.js'

/** A host of a LAN: its own network, hostname, containerd and essaimd. */
export class TestHost {
  private constructor(
    readonly lan: Lan,
    /** From 1. */
    readonly index: number,
    readonly hostname: string,
    readonly daemon: TestDaemon,
  ) {}

  static async start(lan: Lan, index: number, folder: string, flags: string[]): Promise<TestHost> {
    const hostname = `host${index}`
    await mkdir(folder, { recursive: true })
    const daemon = await TestDaemon.on(await lan.host(index), folder, flags, hostname)
    return new TestHost(lan, index, hostname, daemon)
  }

  /** For DOCKER_HOST. */
  get host(): string {
    return this.daemon.host
  }

  get address(): string {
    return this.lan.address(this.index)
  }

  /** Looks inside: runs a command on the host. */
  exec(command: string, ...args: string[]): Promise<string> {
    return this.daemon.net.exec(command, args)
  }

  /** Nothing comes or goes, and the host is not told. */
  cut(): Promise<void> {
    return this.lan.cut(this.index)
  }

  /** What it sends to `other` is lost. */
  cutTo(other: TestHost): Promise<void> {
    return this.lan.cutBetween(this.index, other.index)
  }

  slow(slowness: Slowness): Promise<void> {
    return this.lan.slow(this.index, slowness)
  }

  heal(): Promise<void> {
    return this.lan.heal(this.index)
  }

  /** Daemon, containerd, shims, containers, link: gone. The disk is left for `powerOn`. */
  async powerOff(): Promise<void> {
    await this.lan.removeHost(this.index)
    await this.daemon.powerOff()
  }

  async powerOn(): Promise<void> {
    await this.lan.host(this.index)
    await this.daemon.up()
  }
}

export interface TestHostsOptions {
  /** A short name and a number from 0 to 255 that no other test uses at the same time. */
  name: string
  subnet: number
  count: number
  flags?: string[]
  /** Where the hosts keep their data; `/tmp/es-NAME` for none. Short, for the sockets below it. */
  folder?: string
}

/** Hosts on one LAN, each with a running essaimd, in no swarm yet; and a client outside. */
export class TestHosts implements AsyncDisposable {
  readonly hosts: TestHost[] = []
  #started = 0

  private constructor(
    readonly lan: Lan,
    readonly client: NetworkHost,
    private readonly options: TestHostsOptions,
    private readonly folder: string,
  ) {}

  static async start(options: TestHostsOptions): Promise<TestHosts> {
    const folder = options.folder ?? `/tmp/es-${options.name}`
    // What a run that was killed has left.
    await removeHosts(new Lan(options.name, options.subnet), folder)
    const lan = await Lan.create(options.name, options.subnet)
    const hosts = new TestHosts(lan, await lan.client(), options, folder)
    try {
      await Promise.all(Array.from({ length: options.count }, () => hosts.add()))
    } catch (error) {
      await hosts[Symbol.asyncDispose]()
      throw error
    }
    return hosts
  }

  /** One more. */
  async add(): Promise<TestHost> {
    const index = ++this.#started
    const host = await TestHost.start(this.lan, index, join(this.folder, `${index}`), this.options.flags ?? [])
    this.hosts[index - 1] = host
    return host
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(Object.values(this.hosts).map((host) => host.daemon.down('SIGKILL')))
    await removeHosts(this.lan, this.folder)
  }
}

/** Kills all that runs below the folder, and removes it, the hosts and their LAN. Tolerates what is not there. */
export async function removeHosts(lan: Lan, folder: string): Promise<void> {
  await killTree(folder)
  await unmountBelow(folder)
  await rm(folder, { recursive: true, force: true })
  await lan[Symbol.asyncDispose]()
}
