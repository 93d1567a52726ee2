import { randomIds, systemClock, type Clock, type Ids, type Logger } from '@essaim/base'
import type { CertificateAuthority } from '@essaim/protocol'
import { createAllocator } from './allocator/index.js'
import { ClusterAuthority, RotationPass } from './ca/index.js'
import { bootstrapCluster, type Bootstrap } from './controlapi/cluster/bootstrap.js'
import { ManagerDispatcher } from './dispatcher/index.js'
import { publishEvents, type OnEvent } from './events.js'
import { HostCalls } from './hostcalls/index.js'
import { Operations } from './operations.js'
import { startLoops, type Loops } from './orchestrator/index.js'
import { LmdbBackend, openStore, type Backend, type Store } from './store/index.js'

export interface ManagerOptions {
  /** A folder of its own, for the store. */
  dir: string
  nodeId: string
  /** `ip:port` that other nodes would reach this manager at. */
  address: string
  logger: Logger
  /** Makes the cluster where the store holds none yet. */
  bootstrap?: Bootstrap
  /** Hears of the events of scope swarm. */
  onEvent?: OnEvent
  clock?: Clock
  ids?: Ids
  /** Instead of LMDB in `dir`. */
  backend?: Backend
}

/** The manager that leads: the cluster's state, what is served from it, and the loops that keep the cluster as it says. */
export class Manager extends Operations {
  readonly dispatcher: ManagerDispatcher
  readonly authority: CertificateAuthority
  /** What is asked of containers on other nodes. */
  readonly hostCalls: HostCalls
  readonly #loops: Loops
  readonly #events = new AbortController()
  readonly #publishing: Promise<void>

  private constructor(store: Store, { logger, onEvent = () => {} }: ManagerOptions, clock: Clock, ids: Ids) {
    super(store, clock, ids)
    this.hostCalls = new HostCalls(store, ids, clock)
    this.dispatcher = new ManagerDispatcher(store, this.broker, clock, ids, logger, this.hostCalls, this.networks)
    this.authority = new ClusterAuthority(store, clock, ids, logger)
    this.#publishing = publishEvents(store, onEvent, this.#events.signal, logger)
    this.#loops = startLoops({ store, clock, ids, logger, passes: [createAllocator(), new RotationPass()] })
  }

  static async open(options: ManagerOptions): Promise<Manager> {
    const { dir, nodeId, address, bootstrap, clock = systemClock, ids = randomIds } = options
    const store = await openStore(options.backend ?? LmdbBackend.open(dir), { clock })
    try {
      if (bootstrap !== undefined) await bootstrapCluster(store, { nodeId, address }, bootstrap, ids, clock)
      return new Manager(store, options, clock, ids)
    } catch (error) {
      await store.close()
      throw error
    }
  }

  /** Writes under way are finished; tasks go on. */
  async close(): Promise<void> {
    await this.dispatcher.close()
    await this.#loops.close()
    this.#events.abort()
    await this.#publishing
    await this.store.close()
  }
}
