import { join } from 'node:path'
import type { Identity, SwarmInfo, SwarmInitRequest, SwarmJoinRequest, SwarmSpec } from '@essaim/api-types'
import { internal, invalid, KeyedLock, messageOf, notImplemented, randomIds, conflict, type Logger } from '@essaim/base'
import type { Bootstrap, Manager } from '@essaim/manager'
import { checkedPools } from './addresses/pools.js'
import { resolveAddresses } from './addresses/resolve.js'
import { systemAddresses } from './addresses/system.js'
import { behindManager } from './behind-manager.js'
import { swarmInfo } from './info.js'
import { checkJoinToken } from './join-token.js'
import { Membership, type MembershipOptions } from './membership.js'
import { alreadyInSwarm, lastManager, notInSwarm, notManager } from './messages.js'
import { releaseStale, serveAttachments } from './networks/attachments.js'
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
  readonly services = behindManager<Manager['services']>(() => this.manager?.services)
  readonly nodes = behindManager<Manager['nodes']>(() => this.manager?.nodes)
  readonly tasks = behindManager<Manager['tasks']>(() => this.manager?.tasks)
  readonly secrets = behindManager<Manager['secrets']>(() => this.manager?.secrets)
  readonly configs = behindManager<Manager['configs']>(() => this.manager?.configs)
  readonly #lock = new KeyedLock()
  #membership: Membership | undefined

  private constructor(
    private readonly options: ClusterNodeOptions,
    private readonly statePath: string,
  ) {
    serveAttachments(options.runtime.clusterNetworks, () => this.#membership?.allocating)
  }

  /** Takes up the membership that this host has. */
  static async open(options: ClusterNodeOptions): Promise<ClusterNode> {
    const node = new ClusterNode(options, join(options.dataRoot, 'swarm', 'node.json'))
    const state = await readState(node.statePath)
    // An init that never counted may have left a store behind.
    if (!state) await eraseState(node.statePath)
    else if (state.leaving) await (await node.#open(state)).leave()
    else await node.#take(await node.#open(state))
    return node
  }

  get manager(): Manager | undefined {
    return this.#membership?.manager
  }

  /** This node as overlay networks name their peers. */
  peer(): { Name: string; IP: string } | undefined {
    const state = this.#membership?.state
    return state && { Name: state.nodeId.slice(0, 12), IP: state.addresses.dataPath }
  }

  /** The `Swarm` header of a ping. */
  swarmState(): string {
    return this.#membership ? 'active/manager' : 'inactive'
  }

  info(): Promise<SwarmInfo> {
    return swarmInfo(this.#membership)
  }

  async inspect(): ReturnType<Manager['cluster']['inspect']> {
    return this.#managing().cluster.inspect()
  }

  init(request: SwarmInitRequest, _caller: Identity): Promise<string> {
    return this.#lock.run('', async () => {
      if (this.#membership && request.ForceNewCluster !== true) throw alreadyInSwarm()
      // With one manager there is no quorum to lose: the cluster that is here is the new one.
      if (this.#membership) return this.#membership.state.nodeId
      const own = new Set(this.options.ownInterfaces())
      const all = systemAddresses()
      const outside = all.filter((each) => each.interface !== 'lo' && !own.has(each.interface))
      const addresses = resolveAddresses(request, all, outside)
      const state: NodeState = { nodeId: randomIds.swarm(), addresses, leaving: false }
      const bootstrap: Bootstrap = {
        spec: checkedSpec(request.Spec ?? {}),
        defaultAddrPool: checkedPools(request.DefaultAddrPool ?? []),
        subnetSize: request.SubnetSize ?? 0,
        dataPathPort: addresses.dataPathPort,
      }
      await eraseState(this.statePath)
      const membership = await this.#found(state, bootstrap)
      await writeState(this.statePath, state)
      await this.#take(membership)
      this.options.logger.info('swarm initialised', { node: state.nodeId, address: addresses.advertise })
      return state.nodeId
    })
  }

  /** Swarms of several nodes are not there yet: what is wrong with the request is said, then that. */
  async join(request: SwarmJoinRequest, _caller: Identity): Promise<void> {
    if (this.#membership) throw alreadyInSwarm()
    resolveAddresses(request, systemAddresses(), systemAddresses())
    if ((request.RemoteAddrs ?? []).length === 0) {
      throw invalid('swarm.remote-addrs', 'at least 1 RemoteAddr is required to join')
    }
    checkJoinToken(request.JoinToken ?? '')
    throw notImplemented('swarm.join', 'joining a swarm of several nodes is not supported yet: a swarm has one node', {
      hint: 'make this node a swarm of its own with "docker swarm init"',
    })
  }

  leave({ force }: { force: boolean }, _caller: Identity): Promise<void> {
    return this.#lock.run('', async () => {
      const membership = this.#membership
      if (!membership) throw notInSwarm()
      if (!force) throw lastManager()
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
    await this.#managing().cluster.update(version, spec, rotate, caller)
  }

  async unlockKey(): Promise<string> {
    return this.#managing().cluster.unlockKey()
  }

  /** Managers start unlocked: their keys do not leave this host. */
  unlock(_key: string): Promise<void> {
    return Promise.reject(this.#membership ? conflict('swarm.not-locked', 'swarm is not locked') : notManager())
  }

  /** Tasks go on running. */
  async close(): Promise<void> {
    await this.#membership?.close()
  }

  async #take(membership: Membership): Promise<void> {
    this.#membership = membership
    await releaseStale(membership.allocating, this.options.runtime, this.options.logger)
  }

  #managing(): Manager {
    const { manager } = this
    if (!manager) throw notManager()
    return manager
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
