import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Agent, type KeptTask, type Runtime } from '@essaim/agent'
import type { Node } from '@essaim/api-types'
import type { Logger } from '@essaim/base'
import { EngineDb, type ClusterNetworks, type EventBus } from '@essaim/engine'
import { Manager, type Bootstrap } from '@essaim/manager'
import type { Allocating } from './networks/attachments.js'
import { eraseState, type NodeState } from './state-file.js'

export interface MembershipOptions {
  /** The node's state file; manager and agent keep theirs beside it. */
  statePath: string
  /** Where secrets and configs of tasks are mounted, under the exec root. */
  filesFolder: string
  runtime: Runtime & { events: EventBus; clusterNetworks: ClusterNetworks }
  logger: Logger
}

/** This node's part in a swarm while it has one: a manager, and an agent in session with it. */
export class Membership {
  /** The node as the managers see it, once a session is there. */
  node: Node | undefined

  private constructor(
    readonly state: NodeState,
    readonly manager: Manager,
    private readonly db: EngineDb,
    private readonly options: MembershipOptions,
    private agent: Agent | undefined,
  ) {}

  static async open(state: NodeState, options: MembershipOptions, bootstrap?: Bootstrap): Promise<Membership> {
    const { statePath, runtime, logger } = options
    const folder = dirname(statePath)
    for (const part of ['manager', 'agent']) await mkdir(join(folder, part), { recursive: true, mode: 0o700 })
    const manager = await Manager.open({
      dir: join(folder, 'manager'),
      nodeId: state.nodeId,
      address: state.addresses.advertise,
      logger: logger.child({ part: 'manager' }),
      onEvent: (type, action, id, attributes) => runtime.events.publish(type, action, id, attributes, 'swarm'),
      ...(bootstrap !== undefined && { bootstrap }),
    })
    const membership = new Membership(state, manager, EngineDb.open(join(folder, 'agent')), options, undefined)
    try {
      await membership.#startAgent()
      return membership
    } catch (error) {
      await membership.close()
      throw error
    }
  }

  get allocating(): Allocating {
    return { manager: this.manager, nodeId: this.state.nodeId }
  }

  /** Ends manager and agent. Tasks go on running. */
  async close(): Promise<void> {
    await this.agent?.close()
    await this.manager.close()
    await this.db.close()
  }

  /** Removes all that the swarm has on this host: tasks, networks, state. */
  async leave(): Promise<void> {
    await this.agent?.leave()
    await this.manager.close()
    await this.db.close()
    await eraseState(this.options.statePath)
  }

  async #startAgent(): Promise<void> {
    const { runtime, filesFolder, logger } = this.options
    const { TLSInfo: tls } = await this.manager.cluster.inspect()
    this.agent = await Agent.start({
      dispatcher: this.manager.dispatcher,
      runtime,
      nodeId: this.state.nodeId,
      address: this.state.addresses.dataPath,
      tasks: this.db.table<KeptTask>('tasks'),
      filesFolder,
      tls,
      onNode: (node) => (this.node = node),
      logger: logger.child({ part: 'agent' }),
    })
  }
}
