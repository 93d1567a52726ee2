import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { busyboxImage, docker, eventually, TestHosts, type TestHost } from '@essaim/testing'
import type { Command, Load } from './probe.mjs'

const folder = import.meta.dirname
const probe = `${folder}/probe.mjs`

/** Asks from somewhere: the outside client, a host, or a container. One question at a time. */
export class Asker {
  readonly #child: ChildProcess
  readonly #answers: AsyncIterator<string>
  #last: Promise<unknown> = Promise.resolve()

  constructor(words: readonly string[], env: NodeJS.ProcessEnv = process.env) {
    const [program = '', ...args]: string[] = [...words, process.execPath, probe, 'ask']
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env })
    this.#child = child
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  /** Rejects with the error's code. */
  ask<T>(command: Command): Promise<T> {
    const answer = this.#last.then(async () => {
      this.#child.stdin?.write(`${JSON.stringify(command)}\n`)
      const line = await this.#answers.next()
      if (line.done === true) throw new Error('it ended')
      const { result, error } = JSON.parse(line.value) as { result: T; error?: string }
      if (error !== undefined) throw new Error(error)
      return result
    })
    this.#last = answer.catch(() => {})
    return answer
  }

  end(): void {
    this.#child.kill('SIGKILL')
  }
}

/** Hosts in one swarm, the first its manager, and a client outside. Servers run in containers of Node's own program. */
export class PacketLab implements AsyncDisposable {
  readonly #askers: Asker[] = []

  private constructor(
    readonly hosts: TestHosts,
    readonly manager: TestHost,
    /** Behind the router. */
    readonly client: Asker,
  ) {
    this.#askers.push(client)
  }

  static async start(name: string, subnet: number, count: number): Promise<PacketLab> {
    const hosts = await TestHosts.start({ name, subnet, count })
    const [manager, ...workers] = hosts.hosts
    if (!manager) throw new Error('a lab has a manager')
    const lab = new PacketLab(hosts, manager, new Asker(hosts.client.enter))
    try {
      await docker(manager, 'swarm', 'init', '--advertise-addr', manager.address)
      const token = await docker(manager, 'swarm', 'join-token', '-q', 'worker')
      await Promise.all(
        workers.map((host) => docker(host, 'swarm', 'join', '--token', token, `${manager.address}:2377`)),
      )
      await lab.loadImage()
      await eventually('all nodes are ready', async () => {
        const states = await docker(manager, 'node', 'ls', '--format', '{{.Status}}')
        return states.split('\n').filter((state) => state === 'Ready').length === count || states
      })
    } catch (error) {
      await lab[Symbol.asyncDispose]()
      throw error
    }
    return lab
  }

  get addresses(): string[] {
    return this.hosts.hosts.map(({ address }) => address)
  }

  /** Node and its libraries are the machine's own, mounted. */
  get server(): string[] {
    const own = process.execPath.startsWith('/usr/') ? [] : [dirname(process.execPath)]
    const shared = ['/usr', '/lib', '/lib64', folder, ...own].filter((path) => existsSync(path))
    const mounts = shared.map((path) => `type=bind,src=${path},dst=${path},readonly`)
    return mounts.flatMap((mount) => ['--mount', mount])
  }

  /** A service of `serve`, on port 8080 of every host; resolves when all its tasks answer. */
  async service(name: string, replicas: number, ...options: string[]): Promise<void> {
    const ports = ['-p', '8080:80', '-p', '8080:80/udp']
    const words = ['service', 'create', '-d', '--name', name, '--replicas', `${replicas}`, ...ports, ...this.server]
    const named = ['--hostname', '{{.Node.Hostname}}-{{.Task.Slot}}', ...options]
    const health = ['--health-cmd', 'test -e /tmp/serving', '--health-interval', '200ms', '--health-retries', '50']
    await docker(this.manager, ...words, ...health, ...named, 'probe', process.execPath, probe, 'serve')
    await this.running(name, replicas)
    for (const address of this.addresses) await this.spread(address, replicas)
  }

  /** Until a host sends the client's connections to so many tasks. */
  spread(address: string, tasks: number): Promise<void> {
    return eventually(`${address} answers for ${tasks} tasks`, async () => {
      const command = { do: 'tcp', host: address, port: 8080, count: tasks } as const
      const answers = await this.client.ask<string[]>(command).catch(String)
      return new Set(answers).size === tasks || String(answers)
    })
  }

  running(name: string, replicas: number): Promise<void> {
    return eventually(`${name} runs ${replicas} times`, async () => {
      const state = await docker(this.manager, 'service', 'ls', '--filter', `name=${name}`, '--format', '{{.Replicas}}')
      return state.split(' ')[0] === `${replicas}/${replicas}` || state
    })
  }

  on(host: TestHost): Asker {
    return this.#track(new Asker(host.daemon.net.enter))
  }

  /** A container on an attachable network. */
  async container(host: TestHost, name: string, network: string): Promise<Asker> {
    const words = ['run', '-d', '--name', name, '--network', network, ...this.server, 'probe', 'sleep', '1000000']
    await docker(host, ...words)
    return this.#track(new Asker(['docker', 'exec', '-i', name], { ...process.env, DOCKER_HOST: host.host }))
  }

  /** Runs `work` under steady load from outside to every host; answers what failed. */
  async underLoad(perSecond: number, work: () => Promise<void>): Promise<Load> {
    await this.client.ask({ do: 'load', hosts: this.addresses, port: 8080, perSecond })
    // A load that nobody stops any more ends with its process.
    await work()
    return this.client.ask<Load>({ do: 'stop' })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const asker of this.#askers) asker.end()
    await this.hosts[Symbol.asyncDispose]()
  }

  #track(asker: Asker): Asker {
    this.#askers.push(asker)
    return asker
  }

  private async loadImage(): Promise<void> {
    const image = await busyboxImage({ tags: ['probe:latest'] })
    await Promise.all(
      this.hosts.hosts.map(
        (host) =>
          new Promise<void>((resolve, reject) => {
            const load = spawn('docker', ['-H', host.host, 'load', '-q'], { stdio: ['pipe', 'ignore', 'inherit'] })
            load.once('error', reject)
            load.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`docker load: ${code}`))))
            load.stdin.end(image)
          }),
      ),
    )
  }
}
