import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { silentLogger } from '@essaim/base'
import { EventBus } from '../../events/bus.js'
import { EngineDb } from '../../state/db.js'
import type { SandboxRequest } from '../contract.js'
import type { NetworkDefaults } from '../assemble.js'
import { Networks } from '../networks.js'
import type { Command } from './agent.js'

const inside = 'ESSAIM_NETWORK_LAB'

/** True in the process whose network namespace plays the host. */
export const isHost = process.env[inside] !== undefined

/** The outside client's address, and the host's on the same wire. */
export const outside = { client: '10.209.0.2', host: '10.209.0.1', client6: 'fd09::2', host6: 'fd09::1' }

/**
 * Runs the test file again in a network namespace of its own, with a second one as an outside client on a wire to it.
 * Answers what the run printed, and throws it when it fails; leaves nothing behind.
 */
export function runAsHost(file: string, variables: Record<string, string> = {}): string {
  const [host, client] = [`es-lab-h${process.pid}`, `es-lab-c${process.pid}`]
  const ip = (...args: string[]): void => void execFileSync('ip', args, { stdio: 'pipe' })
  try {
    for (const name of [host, client]) ip('netns', 'add', name)
    ip('-n', host, 'link', 'set', 'lo', 'up')
    ip('-n', host, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire', 'netns', client)
    ip('-n', host, 'addr', 'add', `${outside.host}/24`, 'dev', 'wire')
    ip('-n', client, 'addr', 'add', `${outside.client}/24`, 'dev', 'wire')
    ip('-n', host, 'addr', 'add', `${outside.host6}/64`, 'dev', 'wire', 'nodad')
    ip('-n', client, 'addr', 'add', `${outside.client6}/64`, 'dev', 'wire', 'nodad')
    for (const name of [host, client]) ip('-n', name, 'link', 'set', 'wire', 'up')
    ip('-n', host, 'route', 'add', 'default', 'via', outside.client)
    const env: NodeJS.ProcessEnv = { ...process.env, ...variables, [inside]: client }
    // The runner's own variable would make the inner run report to it in its binary form.
    delete env['NODE_TEST_CONTEXT']
    return execFileSync('nsenter', [`--net=/run/netns/${host}`, process.execPath, '--test-reporter=spec', file], {
      env,
      stdio: 'pipe',
      encoding: 'utf8',
      timeout: 1_800_000,
    })
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${stdout}${stderr}`, { cause: error })
  } finally {
    for (const name of [host, client]) execFileSync('ip', ['netns', 'del', name], { stdio: 'pipe' })
  }
}

/** A process in a namespace, see agent.ts. */
export class Agent {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (answer: { result?: unknown; error?: string }) => void>()
  #serial = 0

  /** `path` of the namespace; without one, the host's. */
  constructor(path?: string) {
    const agent = new URL('./agent.js', import.meta.url).pathname
    const command = [process.execPath, agent]
    const [program = '', ...args] = path === undefined ? command : ['nsenter', `--net=${path}`, ...command]
    this.#child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    const { stdout } = this.#child
    if (stdout) {
      createInterface({ input: stdout }).on('line', (line) => {
        const answer = JSON.parse(line) as { id: number; result?: unknown; error?: string }
        this.#waiting.get(answer.id)?.(answer)
        this.#waiting.delete(answer.id)
      })
    }
  }

  static client(): Agent {
    return new Agent(`/run/netns/${process.env[inside] ?? ''}`)
  }

  /** Rejects with the error's code. */
  async ask(command: Command): Promise<unknown> {
    const id = ++this.#serial
    const answered = new Promise<{ result?: unknown; error?: string }>((resolve) => this.#waiting.set(id, resolve))
    this.#child.stdin?.write(`${JSON.stringify({ id, command })}\n`)
    const { result, error } = await answered
    if (error !== undefined) throw new Error(error)
    return result
  }

  /** Gives the outside client a route to a subnet behind the host. */
  async route(subnet: string, via: string): Promise<void> {
    execFileSync('ip', ['-n', process.env[inside] ?? '', 'route', 'replace', subnet, 'via', via])
  }

  async end(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once('close', resolve))
    this.#child.kill()
    await gone
  }
}

/** A network layer with folders of its own. */
export class Lab implements AsyncDisposable {
  readonly root = mkdtempSync(join(tmpdir(), 'essaim-networks-'))
  readonly #agents: Agent[] = []
  #db: EngineDb | undefined
  #networks: Networks | undefined

  get networks(): Networks {
    if (!this.#networks) throw new Error('the lab is not open')
    return this.#networks
  }

  async open(defaults?: NetworkDefaults): Promise<void> {
    mkdirSync(join(this.root, 'db'), { recursive: true })
    this.#db = EngineDb.open(join(this.root, 'db'))
    this.#networks = await Networks.open({
      dataRoot: join(this.root, 'data'),
      execRoot: join(this.root, 'exec'),
      db: this.#db,
      events: new EventBus(),
      logger: silentLogger,
      defaults,
    })
  }

  /** As a daemon that ends; what is in the kernel stays. */
  async close(): Promise<void> {
    await this.#networks?.close()
    await this.#db?.close()
    this.#networks = undefined
  }

  /** A container, with a process in it that serves port 80 under its name, in both families where it has both. */
  async run(name: string, request: Partial<SandboxRequest> = {}): Promise<Agent> {
    const { netnsPath, settings } = await this.networks.sandboxes.open(requestOf(name, request))
    const agent = new Agent(netnsPath)
    this.#agents.push(agent)
    await agent.ask({ do: 'serve', port: 80, name })
    const dual = Object.values(settings.Networks ?? {}).some((one) => one.GlobalIPv6Address)
    if (dual) await agent.ask({ do: 'serve', port: 80, name, host: '::' })
    return agent
  }

  track(agent: Agent): Agent {
    this.#agents.push(agent)
    return agent
  }

  async endAgents(): Promise<void> {
    await Promise.all(this.#agents.splice(0).map((agent) => agent.end()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.endAgents()
    if (this.#networks) {
      await this.#networks.sandboxes.adopt([])
      await this.close()
    }
    rmSync(this.root, { recursive: true, force: true })
  }
}

export const idOf = (name: string): string => Buffer.from(name).toString('hex').padEnd(64, '0')

export function requestOf(name: string, request: Partial<SandboxRequest> = {}): SandboxRequest {
  return {
    containerId: idOf(name),
    containerName: name,
    hostname: name,
    networkMode: 'default',
    endpoints: {},
    portBindings: {},
    exposedPorts: [],
    publishAllPorts: false,
    dns: { servers: [], search: [], options: [] },
    extraHosts: [],
    sysctls: {},
    ...request,
  }
}
