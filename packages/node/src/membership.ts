import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Agent, type KeptTask, type Runtime } from '@essaim/agent'
import type { Node } from '@essaim/api-types'
import { EssaimError, messageOf, unavailable, type Logger } from '@essaim/base'
import { EngineDb, type ClusterNetworks, type EventBus } from '@essaim/engine'
import { Manager, type Bootstrap } from '@essaim/manager'
import {
  askToRenew,
  Connection,
  RemoteDispatcher,
  type CertificateRequest,
  type Certified,
  type Dispatcher,
  type NodeIdentity,
  type SessionMessage,
} from '@essaim/protocol'
import { readIdentity, writeIdentity } from './credentials/files.js'
import { IdentityKeeper } from './credentials/keeper.js'
import { newKey, requestFor } from './credentials/key.js'
import { Remotes } from './remotes.js'
import { eraseState, writeState, type NodeState } from './state-file.js'

export interface MembershipOptions {
  /** The node's state file; manager, agent and certificates keep theirs beside it. */
  statePath: string
  /** Where secrets and configs of tasks are mounted, under the exec root. */
  filesFolder: string
  runtime: Runtime & { events: EventBus; clusterNetworks: ClusterNetworks }
  logger: Logger
}

/** This node's part in a swarm while it has one: an agent in session with a manager, and on managers a manager. */
export class Membership {
  /** The node as the managers see it, once a session was there. */
  node: Node | undefined
  /** Why there is no session with a manager now. */
  trouble: unknown
  readonly dispatcher: Dispatcher
  readonly remotes: Remotes
  readonly #keeper: IdentityKeeper
  #agent: Agent | undefined
  readonly #sessions = new Set<() => void>()

  private constructor(
    private current: NodeState,
    identity: NodeIdentity,
    readonly manager: Manager | undefined,
    private readonly db: EngineDb,
    private readonly options: MembershipOptions,
  ) {
    this.remotes = new Remotes(current.managers)
    this.dispatcher = manager ? manager.dispatcher.of(current.nodeId) : this.#remote()
    this.#keeper = new IdentityKeeper(identity, {
      folder: certificatesOf(options),
      renew: (request, own, signal) => this.#renew(request, own, signal),
      onChange: (changed) => {
        manager?.renew(changed)
        this.#agent?.renewSession()
      },
      logger: options.logger,
    })
  }

  static async open(state: NodeState, options: MembershipOptions, bootstrap?: Bootstrap): Promise<Membership> {
    const folder = dirname(options.statePath)
    for (const part of ['manager', 'agent']) await mkdir(join(folder, part), { recursive: true, mode: 0o700 })
    const manager = state.role === 'manager' ? await openManager(state, options, bootstrap) : undefined
    const opened: { close(): Promise<void> }[] = manager ? [manager] : []
    try {
      const identity = (await readIdentity(certificatesOf(options))) ?? (await firstIdentity(state, manager, options))
      await manager?.serve(state.addresses.listen, identity, options.logger.child({ part: 'rpc' }))
      const db = EngineDb.open(join(folder, 'agent'))
      opened.push(db)
      const membership = new Membership(state, identity, manager, db, options)
      opened.push(membership.#keeper)
      await membership.#startAgent()
      return membership
    } catch (error) {
      for (const each of opened.reverse()) await each.close()
      throw error
    }
  }

  get state(): NodeState {
    return this.current
  }

  get sessionId(): string | undefined {
    return this.#agent?.sessionId
  }

  /** Calls `run` at the beginning of every session. */
  onSession(run: () => void): void {
    this.#sessions.add(run)
    if (this.sessionId !== undefined) run()
  }

  /** Ends manager and agent. Tasks go on running. */
  async close(): Promise<void> {
    await this.#keeper.close()
    await this.#agent?.close()
    await this.manager?.close()
    await this.db.close()
  }

  /** Removes all that the swarm has on this host: tasks, networks, state. */
  async leave(): Promise<void> {
    await this.#keeper.close()
    await this.#agent?.leave()
    await this.manager?.close()
    await this.db.close()
    await eraseState(this.options.statePath)
  }

  async #startAgent(): Promise<void> {
    const { runtime, filesFolder, logger } = this.options
    this.#agent = await Agent.start({
      dispatcher: this.dispatcher,
      runtime,
      nodeId: this.current.nodeId,
      address: this.current.addresses.dataPath,
      tasks: this.db.table<KeptTask>('tasks'),
      filesFolder,
      tls: () => this.#keeper.facts.tls,
      onSession: (message) => this.#hear(message),
      onTrouble: (error) => {
        this.trouble = error
        if (error === undefined) for (const run of this.#sessions) run()
      },
      logger: logger.child({ part: 'agent' }),
    })
  }

  #hear({ node, managers, trust }: SessionMessage): void {
    this.node = node
    this.#keeper.trust(trust)
    if (!this.remotes.learn(managers)) return
    this.current = { ...this.current, managers }
    writeState(this.options.statePath, this.current).catch((error: unknown) => {
      this.options.logger.error('the managers were not written down', { error: messageOf(error) })
    })
  }

  #remote(): RemoteDispatcher {
    return new RemoteDispatcher(() => {
      const address = this.remotes.next()
      if (address === undefined) return Promise.reject(unavailable('swarm.no-manager', 'no manager is known'))
      const trusting = { identity: this.#keeper.identity, clusterId: this.current.clusterId }
      return Promise.resolve(new Connection(address, trusting))
    })
  }

  #renew(request: CertificateRequest, identity: NodeIdentity, signal: AbortSignal): Promise<Certified> {
    const { nodeId, clusterId } = this.current
    if (this.manager) return this.manager.authority.renew({ nodeId, clusterId, role: 'manager' }, request)
    return askToRenew(this.remotes.next() ?? '', identity, clusterId, request, signal)
  }
}

const certificatesOf = ({ statePath }: MembershipOptions): string => join(dirname(statePath), 'certificates')

function openManager(state: NodeState, options: MembershipOptions, bootstrap?: Bootstrap): Promise<Manager> {
  const { statePath, runtime, logger } = options
  return Manager.open({
    dir: join(dirname(statePath), 'manager'),
    nodeId: state.nodeId,
    address: state.addresses.advertise,
    logger: logger.child({ part: 'manager' }),
    onEvent: (type, action, id, attributes) => runtime.events.publish(type, action, id, attributes, 'swarm'),
    ...(bootstrap !== undefined && { bootstrap }),
  })
}

/** A manager certifies itself; a worker has its certificate from its join. */
async function firstIdentity(
  { nodeId }: NodeState,
  manager: Manager | undefined,
  options: MembershipOptions,
): Promise<NodeIdentity> {
  if (!manager) {
    throw new EssaimError(
      'internal',
      'swarm.identity',
      `the node's certificate is missing at ${certificatesOf(options)}`,
      {
        hint: 'leave the swarm with "docker swarm leave --force" and join again',
      },
    )
  }
  const key = newKey()
  const { certificate, roots } = await manager.authority.renew(
    { nodeId, clusterId: '', role: 'manager' },
    requestFor(key),
  )
  const identity = { key, certificate, roots }
  await writeIdentity(certificatesOf(options), identity)
  return identity
}
