import { X509Certificate } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Agent, type KeptTask, type Runtime } from '@essaim/agent'
import type { Node } from '@essaim/api-types'
import { EssaimError, KeyedLock, messageOf, unavailable, type Logger } from '@essaim/base'
import { EngineDb, type ClusterNetworks, type EventBus } from '@essaim/engine'
import { eraseEtcd, etcdMissing, isEtcdInstalled, type Bootstrap } from '@essaim/manager'
import {
  askToRenew,
  Connection,
  NotLeader,
  peerOf,
  RemoteDispatcher,
  type CertificateRequest,
  type Certified,
  type Dispatcher,
  type NodeIdentity,
  type RpcServer,
  type SessionMessage,
} from '@essaim/protocol'
import { readIdentity, writeIdentity } from './credentials/files.js'
import { IdentityKeeper } from './credentials/keeper.js'
import { newKey, requestFor } from './credentials/key.js'
import { dispatching } from './managers/dispatching.js'
import { Operator } from './managers/operator.js'
import { Peers } from './managers/peers.js'
import { Seat } from './managers/seat.js'
import { serveNodes } from './managers/serving.js'
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

/** What a manager has beside its agent. */
interface Managing {
  seat: Seat
  operator: Operator
  server: RpcServer
}

/** This node's part in a swarm while it has one: an agent in session with who leads, and on managers a seat among them. */
export class Membership {
  /** The node as the managers see it, once a session was there. */
  node: Node | undefined
  /** Why there is no session with a manager now. */
  trouble: unknown
  readonly dispatcher: Dispatcher
  readonly remotes: Remotes
  readonly #peers: Peers
  readonly #lock = new KeyedLock()
  readonly #sessions = new Set<() => void>()
  #keeper: IdentityKeeper | undefined
  #managing: Managing | undefined
  #agent: Agent | undefined
  #ended = false

  private constructor(
    private current: NodeState,
    private identity: NodeIdentity,
    private readonly db: EngineDb,
    private readonly options: MembershipOptions,
  ) {
    this.remotes = new Remotes(current.managers)
    this.#peers = new Peers({
      identity: () => this.identity,
      clusterId: () => this.#clusterId,
      candidates: () => [this.seat?.leader, ...this.remotes.all.map(({ address }) => address)],
      logger: options.logger,
    })
    this.dispatcher = dispatching(() => this.seat?.leading?.dispatcher.of(current.nodeId), this.#remote())
  }

  static async open(state: NodeState, options: MembershipOptions, bootstrap?: Bootstrap): Promise<Membership> {
    const folder = dirname(options.statePath)
    for (const part of ['manager', 'agent']) await mkdir(join(folder, part), { recursive: true, mode: 0o700 })
    const identity = await readIdentity(certificatesOf(options))
    const none = { key: '', certificate: '', roots: '' }
    const membership = new Membership(state, identity ?? none, EngineDb.open(join(folder, 'agent')), options)
    let seat: Seat | undefined
    try {
      if (state.role === 'manager') seat = await membership.#takeSeat(bootstrap)
      else await eraseEtcd(join(folder, 'etcd'))
      if (!identity) await membership.#certifySelf(seat)
      membership.#keep()
      if (seat) await membership.#serve(seat)
      await membership.#startAgent()
      return membership
    } catch (error) {
      await membership.close()
      if (!membership.isManager) await seat?.close()
      throw error
    }
  }

  get state(): NodeState {
    return this.current
  }

  get isManager(): boolean {
    return this.#managing !== undefined
  }

  get seat(): Seat | undefined {
    return this.#managing?.seat
  }

  /** The way to the cluster's objects; on managers only. */
  get operator(): Operator | undefined {
    return this.#managing?.operator
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
    this.#ended = true
    await this.#lock.run('role', () => Promise.resolve())
    await this.#keeper?.close()
    await this.#agent?.close()
    await this.#managing?.seat.close()
    await this.#end()
  }

  /** Removes all that the swarm has on this host: tasks, networks, state. */
  async leave(): Promise<void> {
    this.#ended = true
    await this.#lock.run('role', () => Promise.resolve())
    await this.#keeper?.close()
    await this.#agent?.leave()
    await this.#managing?.seat.leave('departs')
    await this.#end()
    await eraseState(this.options.statePath)
  }

  async #end(): Promise<void> {
    await this.#managing?.server.close()
    this.#peers.close()
    await this.db.close()
  }

  /** The manager that made the cluster has it from its certificate. */
  get #clusterId(): string {
    const { clusterId } = this.current
    return clusterId === '' ? (peerOf(new X509Certificate(this.identity.certificate))?.clusterId ?? '') : clusterId
  }

  #takeSeat(bootstrap?: Bootstrap): Promise<Seat> {
    const { statePath, runtime, logger } = this.options
    const options = {
      folder: dirname(statePath),
      state: () => this.current,
      keep: (store: NodeState['store']) => this.#write({ store }),
      renewCertificate: async () => this.#keeper?.renew(),
      peers: this.#peers,
      onEvent: (...[type, action, id, attributes]: Parameters<Parameters<typeof Seat.open>[0]['onEvent']>) =>
        runtime.events.publish(type, action, id, attributes, 'swarm'),
      logger: logger.child({ part: 'manager' }),
    }
    return Seat.open(options, bootstrap)
  }

  async #serve(seat: Seat): Promise<void> {
    const { addresses } = this.current
    const server = await serveNodes(
      addresses.listen,
      seat,
      () => this.identity,
      this.options.logger.child({ part: 'rpc' }),
    )
    this.#managing = { seat, server, operator: new Operator(seat, this.#peers) }
  }

  #keep(): void {
    this.#keeper = new IdentityKeeper(this.identity, {
      folder: certificatesOf(this.options),
      renew: (request, own, signal) => this.#renew(request, own, signal),
      onChange: (changed) => {
        const isTrust = changed.roots !== this.identity.roots
        this.identity = changed
        this.#managing?.server.renew(changed)
        if (isTrust) void this.seat?.trustChanged()
        this.#agent?.renewSession()
      },
      logger: this.options.logger,
    })
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
      ...(this.#keeper && { tls: () => this.#keeper?.facts.tls ?? {} }),
      onSession: (message) => this.#hear(message),
      onTrouble: (error) => {
        this.trouble = error
        if (error instanceof NotLeader && error.leader !== undefined) this.remotes.lead(error.leader)
        if (error === undefined) for (const run of this.#sessions) run()
      },
      logger: logger.child({ part: 'agent' }),
    })
  }

  #hear({ node, managers, trust }: SessionMessage): void {
    this.node = node
    this.#keeper?.trust(trust)
    const { Role: role = 'worker' } = node.Spec
    if (role !== this.current.role) void this.#lock.run('role', () => this.#become(role))
    if (!this.remotes.learn(managers)) return
    this.#write({ managers }).catch((error: unknown) => {
      this.options.logger.error('the managers were not written down', { error: messageOf(error) })
    })
  }

  /** What the managers say that this node is. Idempotent: it is heard again with every session. */
  async #become(role: NodeState['role']): Promise<void> {
    const { logger } = this.options
    if (role === this.current.role || this.#ended) return
    try {
      if (role === 'manager') {
        if (!isEtcdInstalled()) throw etcdMissing()
        await this.#keeper?.renew()
        await this.#write({ role, store: 'entering' })
        await this.#serve(await this.#takeSeat())
      } else {
        const before = this.#managing
        await this.#write({ role, store: 'lmdb' })
        this.#managing = undefined
        await before?.seat.leave('removed')
        await before?.server.close()
        await this.#keeper?.renew()
      }
      logger.info('this node has a new role', { role })
    } catch (error) {
      logger.error('this node could not take its new role', { role, error: messageOf(error) })
    }
  }

  /** Counts when it is on the disk. */
  #write(changed: Partial<NodeState>): Promise<void> {
    return this.#lock.run('state', async () => {
      const next = { ...this.current, ...changed }
      await writeState(this.options.statePath, next)
      this.current = next
    })
  }

  #remote(): RemoteDispatcher {
    return new RemoteDispatcher(() => {
      const address = this.seat?.leader ?? this.remotes.next()
      if (address === undefined) return Promise.reject(unavailable('swarm.no-manager', 'no manager is known'))
      return Promise.resolve(new Connection(address, { identity: this.identity, clusterId: this.#clusterId }))
    })
  }

  #renew(request: CertificateRequest, identity: NodeIdentity, signal: AbortSignal): Promise<Certified> {
    const leading = this.seat?.leading
    const clusterId = this.#clusterId
    if (leading) return leading.authority.renew({ nodeId: this.current.nodeId, clusterId, role: 'manager' }, request)
    return this.#peers.leading((_, address) => askToRenew(address, identity, clusterId, request, signal))
  }

  /** The manager that makes a swarm certifies itself; others have their certificate from their join. */
  async #certifySelf(seat: Seat | undefined): Promise<void> {
    const { leading } = seat ?? {}
    if (!leading) {
      const message = `the node's certificate is missing at ${certificatesOf(this.options)}`
      throw new EssaimError('internal', 'swarm.identity', message, {
        hint: 'leave the swarm with "docker swarm leave --force" and join again',
      })
    }
    const { nodeId } = this.current
    const key = newKey()
    const own = await leading.authority.renew({ nodeId, clusterId: '', role: 'manager' }, requestFor(key))
    this.identity = { key, certificate: own.certificate, roots: own.roots }
    await writeIdentity(certificatesOf(this.options), this.identity)
  }
}

const certificatesOf = ({ statePath }: MembershipOptions): string => join(dirname(statePath), 'certificates')
