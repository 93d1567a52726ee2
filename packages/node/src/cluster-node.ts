import { join } from 'node:path'
import type { Identity, SwarmInfo, SwarmInitRequest, SwarmJoinRequest, SwarmSpec } from '@essaim/api-types'
import {
  conflict,
  internal,
  invalid,
  KeyedLock,
  messageOf,
  randomIds,
  type EssaimError,
  type Logger,
} from '@essaim/base'
import type { Bootstrap, Manager } from '@essaim/manager'
import { checkedPools } from './addresses/pools.js'
import { resolveAddresses } from './addresses/resolve.js'
import { systemAddresses } from './addresses/system.js'
import type { Elsewhere } from './anywhere/remote.js'
import { behindManager } from './behind-manager.js'
import { writeIdentity } from './credentials/files.js'
import { swarmInfo } from './info.js'
import { checkedJoin, joinedState } from './joining/checked.js'
import { Joining, orTimeout } from './joining/joining.js'
import { Membership, type MembershipOptions } from './membership.js'
import type { Noun } from './managers/operator.js'
import { alreadyInSwarm, lastManager, notInSwarm, notManager, oneOfManagers, onlyWorker } from './messages.js'
import { Attachments, type Allocating } from './networks/attachments.js'
import { eraseState, readState, writeState, type NodeState } from './state-file.js'

export interface ClusterNodeOptions {
  dataRoot: string
  execRoot: string
  runtime: MembershipOptions['runtime']
  /** Interfaces that the engine made itself: never advertised unasked. */
  ownInterfaces: () => string[]
  logger: Logger
}

/** This host as a member of a swarm, or of none: what `docker swarm` acts upon, and the way to the cluster's objects. */
export class ClusterNode {
  readonly services = this.#behind<Manager['services']>('services')
  readonly nodes = this.#behind<Manager['nodes']>('nodes')
  readonly tasks = this.#behind<Manager['tasks']>('tasks')
  readonly secrets = this.#behind<Manager['secrets']>('secrets')
  readonly configs = this.#behind<Manager['configs']>('configs')
  readonly #networks = this.#behind<Manager['networks']>('networks')
  readonly #cluster = this.#behind<Manager['cluster']>('cluster')
  readonly #lock = new KeyedLock()
  readonly #attachments: Attachments
  #membership: Membership | undefined
  #joining: { attempt: Joining; done: Promise<void> } | undefined

  private constructor(
    private readonly options: ClusterNodeOptions,
    private readonly statePath: string,
  ) {
    const { clusterNetworks, containers } = options.runtime
    this.#attachments = new Attachments(clusterNetworks, () => this.#allocating(), containers, options.logger)
  }

  /** Takes up the membership that this host has. */
  static async open(options: ClusterNodeOptions): Promise<ClusterNode> {
    const node = new ClusterNode(options, join(options.dataRoot, 'swarm', 'node.json'))
    const state = await readState(node.statePath)
    // An init that never counted may have left a store behind.
    if (!state) await eraseState(node.statePath)
    else if ('joining' in state) void node.#join(state.joining)
    else if (state.leaving) await (await node.#open(state)).leave()
    else node.#take(await node.#open(state))
    return node
  }

  /** The cluster's networks; undefined where they are no matter of this node. */
  get networks(): Manager['networks'] | undefined {
    return this.#membership?.isManager ? this.#networks : undefined
  }

  /** This node as overlay networks name their peers. */
  peer(): { Name: string; IP: string } | undefined {
    const state = this.#membership?.state
    return state && { Name: state.nodeId.slice(0, 12), IP: state.addresses.dataPath }
  }

  /** The `Swarm` header of a ping. */
  swarmState(): string {
    if (this.#joining) return 'pending'
    if (!this.#membership) return 'inactive'
    return this.#membership.isManager ? 'active/manager' : 'active/worker'
  }

  /** The way to containers on other nodes; undefined on workers and outside of a swarm. */
  elsewhere(): Elsewhere | undefined {
    const { leading } = this.#membership?.seat ?? {}
    return leading && { calls: leading.hostCalls, tasks: leading.tasks }
  }

  /** Why nothing of the cluster can be seen or changed here. */
  refusal(): EssaimError {
    return this.#membership ? onlyWorker() : notManager()
  }

  info(): Promise<SwarmInfo> {
    return swarmInfo(this.#membership, this.#joining?.attempt, this)
  }

  async inspect(): ReturnType<Manager['cluster']['inspect']> {
    return this.#cluster.inspect()
  }

  init(request: SwarmInitRequest, _caller: Identity): Promise<string> {
    return this.#lock.run('', async () => {
      if (this.#joining || (this.#membership && request.ForceNewCluster !== true)) throw alreadyInSwarm()
      if (this.#membership) return this.#anew(this.#membership)
      const all = systemAddresses()
      const addresses = resolveAddresses(request, all, this.#outside(all))
      const state: NodeState = {
        nodeId: randomIds.swarm(),
        role: 'manager',
        clusterId: '',
        addresses,
        managers: [],
        store: 'lmdb',
        leaving: false,
      }
      const bootstrap: Bootstrap = {
        spec: checkedSpec(request.Spec ?? {}),
        defaultAddrPool: checkedPools(request.DefaultAddrPool ?? []),
        subnetSize: request.SubnetSize ?? 0,
        dataPathPort: addresses.dataPathPort,
        ...(request.Availability && { availability: request.Availability }),
      }
      await eraseState(this.statePath)
      const membership = await this.#found(state, bootstrap)
      await writeState(this.statePath, membership.state)
      this.#take(membership)
      this.options.logger.info('swarm initialised', { node: state.nodeId, address: addresses.advertise })
      return state.nodeId
    })
  }

  /** Resolves when this node is in the swarm; after 20 s it rejects with Docker's word, and the join goes on. */
  async join(request: SwarmJoinRequest, _caller: Identity): Promise<void> {
    const done = await this.#lock.run('', async () => {
      if (this.#membership || this.#joining) throw alreadyInSwarm()
      const joining = checkedJoin(request, systemAddresses())
      await eraseState(this.statePath)
      await writeState(this.statePath, { joining })
      return { joined: this.#join(joining) }
    })
    await orTimeout(done.joined)
  }

  leave({ force }: { force: boolean }, _caller: Identity): Promise<void> {
    return this.#lock.run('', async () => {
      if (this.#joining) return this.#cancelJoin()
      const membership = this.#membership
      if (!membership) throw notInSwarm()
      if (!force && membership.isManager) throw await this.#managerLeaves()
      await writeState(this.statePath, { ...membership.state, leaving: true })
      // From here the swarm's objects answer that there is no swarm.
      this.#membership = undefined
      await membership.leave()
      this.options.logger.info('swarm left', { node: membership.state.nodeId })
    })
  }

  async update(
    version: number,
    spec: SwarmSpec,
    rotate: { workerToken: boolean; managerToken: boolean; unlockKey: boolean },
    caller: Identity,
  ): Promise<void> {
    await this.#cluster.update(version, spec, rotate, caller)
  }

  async unlockKey(): Promise<string> {
    return this.#cluster.unlockKey()
  }

  /** Managers start unlocked: their keys do not leave this host. */
  unlock(_key: string): Promise<void> {
    return Promise.reject(
      this.#membership?.isManager ? conflict('swarm.not-locked', 'swarm is not locked') : this.refusal(),
    )
  }

  /** Tasks go on running; a join that is under way goes on at the next start. */
  async close(): Promise<void> {
    this.#joining?.attempt.cancel()
    await this.#joining?.done.catch(() => {})
    await this.#membership?.close()
  }

  #behind<T extends object>(noun: Noun): T {
    return behindManager<T>(
      noun,
      () => this.#membership?.operator,
      () => this.refusal(),
    )
  }

  #take(membership: Membership): void {
    this.#membership = membership
    membership.onSession(() => void this.#attachments.keepAttached())
  }

  /** The promise is settled with the join; who does not wait for it need not care. */
  #join(request: SwarmJoinRequest): Promise<void> {
    const attempt = new Joining(request, this.options.logger)
    const done = this.#finishJoin(attempt)
    this.#joining = { attempt, done }
    done.catch((error: unknown) => this.options.logger.warn('not joined', { error: messageOf(error) }))
    return done
  }

  async #finishJoin(attempt: Joining): Promise<void> {
    try {
      const joined = await attempt.run()
      const state = joinedState(joined, attempt.request, systemAddresses())
      await writeIdentity(join(this.options.dataRoot, 'swarm', 'certificates'), joined.identity)
      await writeState(this.statePath, state)
      this.#take(await this.#open(state))
      await this.#membership?.seat?.arrived
      this.options.logger.info('swarm joined', { node: state.nodeId, manager: joined.remote })
    } catch (error) {
      // A node that was refused is what it was before; one that was only stopped goes on when it is started again.
      if (!attempt.isCancelled) await eraseState(this.statePath)
      throw error
    } finally {
      this.#joining = undefined
    }
  }

  async #cancelJoin(): Promise<void> {
    this.#joining?.attempt.cancel()
    await this.#joining?.done.catch(() => {})
    await eraseState(this.statePath)
  }

  #allocating(): Allocating | undefined {
    const membership = this.#membership
    if (!membership) return undefined
    const { dispatcher, sessionId, seat } = membership
    const closedNetwork = (ref: string): string | undefined => {
      const found = [...(seat?.known?.store.view().all('network') ?? [])]
      const network = found.find(({ ID: id, Spec: { Name: name } }) => id === ref || name === ref)
      return network && network.Spec.Attachable !== true ? network.Spec.Name : undefined
    }
    return { dispatcher, sessionId, closedNetwork }
  }

  #outside(all: ReturnType<typeof systemAddresses>): ReturnType<typeof systemAddresses> {
    const own = new Set(this.options.ownInterfaces())
    return all.filter((each) => each.interface !== 'lo' && !own.has(each.interface))
  }

  /** The cluster that is here, with this manager as its only one. */
  async #anew({ seat, state: { nodeId } }: Membership): Promise<string> {
    if (!seat) throw this.refusal()
    await seat.forceNew()
    this.options.logger.warn('this manager is the only one of its swarm from now on', { node: nodeId })
    return nodeId
  }

  /** Docker's words of what a leave does to the managers. */
  async #managerLeaves(): Promise<EssaimError> {
    const managers = (await this.nodes.list({ role: ['manager'] })).filter(({ ManagerStatus }) => ManagerStatus)
    const reachable = managers.filter(({ ManagerStatus }) => ManagerStatus?.Reachability !== 'unreachable').length
    return managers.length > 1 ? oneOfManagers(reachable, managers.length) : lastManager()
  }

  async #found(state: NodeState, bootstrap: Bootstrap): Promise<Membership> {
    try {
      return await this.#open(state, bootstrap)
    } catch (error) {
      await eraseState(this.statePath)
      throw error
    }
  }

  async #open(state: NodeState, bootstrap?: Bootstrap): Promise<Membership> {
    const { runtime, execRoot, logger } = this.options
    try {
      const filesFolder = join(execRoot, 'task-files')
      return await Membership.open(state, { statePath: this.statePath, filesFolder, runtime, logger }, bootstrap)
    } catch (error) {
      if (bootstrap) throw error
      throw internal('swarm.start', `the swarm's state at ${this.statePath} cannot be taken up: ${messageOf(error)}`, {
        cause: error,
      })
    }
  }
}

/** The one name that Docker knows for a swarm. */
function checkedSpec(spec: SwarmSpec): SwarmSpec {
  const { Name: name = '' } = spec
  if (name !== '' && name !== 'default') throw invalid('swarm.spec-name', 'swarm spec must be named "default"')
  return { ...spec, Name: 'default' }
}
