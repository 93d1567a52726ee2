import { randomIds, systemClock, type Clock, type Ids, type Logger } from '@essaim/base'
import { RpcServer, serveCA, serveDispatcher, type CertificateAuthority, type NodeIdentity } from '@essaim/protocol'
import { createAllocator } from './allocator/index.js'
import { ClusterAuthority, RotationPass } from './ca/index.js'
import { bootstrapCluster, type Bootstrap } from './controlapi/cluster/bootstrap.js'
import { ClusterObject } from './controlapi/cluster/cluster.js'
import type { NamedData } from './controlapi/named-data.js'
import { Networks } from './controlapi/networks/networks.js'
import { Nodes } from './controlapi/nodes.js'
import { createConfigs, createSecrets } from './controlapi/secrets.js'
import { Services } from './controlapi/services/services.js'
import { Tasks } from './controlapi/tasks/tasks.js'
import { ManagerDispatcher } from './dispatcher/index.js'
import { publishEvents, type OnEvent } from './events.js'
import { HostCalls } from './hostcalls/index.js'
import { LogBroker } from './logbroker/index.js'
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

/** One manager: the cluster's state, what is served from it, and the loops that keep the cluster as it says. */
export class Manager {
  readonly services: Services
  readonly tasks: Tasks
  readonly nodes: Nodes
  readonly secrets: NamedData<'secret'>
  readonly configs: NamedData<'config'>
  readonly networks: Networks
  readonly cluster: ClusterObject
  readonly dispatcher: ManagerDispatcher
  readonly authority: CertificateAuthority
  /** What is asked of containers on other nodes. */
  readonly hostCalls: HostCalls
  readonly #loops: Loops
  readonly #events = new AbortController()
  readonly #publishing: Promise<void>
  #server: RpcServer | undefined

  private constructor(
    readonly store: Store,
    { logger, onEvent = () => {} }: ManagerOptions,
    clock: Clock,
    ids: Ids,
  ) {
    const broker = new LogBroker(store, ids)
    this.services = new Services(store, ids, clock, broker)
    this.tasks = new Tasks(store, broker)
    this.nodes = new Nodes(store, clock)
    this.secrets = createSecrets(store, ids)
    this.configs = createConfigs(store, ids)
    this.networks = new Networks(store, ids, clock)
    this.cluster = new ClusterObject(store, clock)
    this.hostCalls = new HostCalls(store, ids, clock)
    this.dispatcher = new ManagerDispatcher(store, broker, clock, ids, logger, this.hostCalls, this.networks)
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

  /** Serves other nodes at `address` (`host:port`); answers the port. */
  async serve(address: string, identity: NodeIdentity, logger: Logger): Promise<number> {
    const server = new RpcServer(identity, logger)
    serveCA(server, this.authority)
    serveDispatcher(server, ({ nodeId }) => this.dispatcher.of(nodeId))
    const port = await server.listen(address)
    this.#server = server
    return port
  }

  /** New connections of other nodes see this certificate, and are judged by these roots. */
  renew(identity: NodeIdentity): void {
    this.#server?.renew(identity)
  }

  /** Writes under way are finished; tasks go on. */
  async close(): Promise<void> {
    await this.#server?.close()
    await this.dispatcher.close()
    await this.#loops.close()
    this.#events.abort()
    await this.#publishing
    await this.store.close()
  }
}
