import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Logger } from '@essaim/base'
import { openContainerd, type Containerd, type OpenContainerd } from './containerd/index.js'
import type { Builder } from './build/builder.js'
import { commitSource } from './containers/commit.js'
import { Containers, imageUsers, openRegistry, volumeUsers } from './containers/containers.js'
import type { Execs } from './containers/exec/execs.js'
import { EventBus } from './events/bus.js'
import { Images } from './images/index.js'
import { registryDefaults, type RegistryOptions } from './images/registry/endpoints.js'
import { checkDefaults, type LogDefaults } from './logs/defaults.js'
import type { ClusterNetworks } from './networks/contract.js'
import { Networks, type NetworkDefaults } from './networks/index.js'
import { dockerFolders, Plugins } from './plugins/index.js'
import { EngineDb } from './state/db.js'
import { System, type SystemOptions } from './system/system.js'
import { Volumes } from './volumes/index.js'

export interface EngineOptions {
  /** What is to survive a reboot. */
  dataRoot: string
  /** What lives as long as the host does. */
  execRoot: string
  /** The socket of a containerd that somebody else runs; without it one of our own. */
  containerdAddress?: string | undefined
  registryMirrors: string[]
  insecureRegistries: string[]
  /** What is not given is as `registryDefaults` has it. */
  registries?: Partial<Omit<RegistryOptions, 'mirrors' | 'insecure'>>
  labels: string[]
  /** The project's own version, for `docker version`. */
  version?: string
  debug?: boolean
  /** The log driver of containers that name none, and options for those with that driver; without it json-file. */
  logDefaults?: LogDefaults
  networkDefaults?: NetworkDefaults
  /** Where plugins have their sockets; Docker's own folder without it. */
  pluginSockets?: string
  logger: Logger
}

/** What may change while the engine runs. */
export type Reloadable = Pick<EngineOptions, 'registryMirrors' | 'insecureRegistries' | 'labels'>

interface Opened {
  db: EngineDb
  containerd: OpenContainerd
  registries: RegistryOptions
  settings: SystemOptions
}

/** Others may use somebody else's containerd, too: what is in the namespace of a data root is that engine's alone. */
function namespaceOf(dataRoot: string): string {
  if (dataRoot === '/var/lib/essaim') return 'essaim'
  return `essaim-${createHash('sha256').update(dataRoot).digest('hex').slice(0, 12)}`
}

/** One host's engine: what the API's local nouns are served from. */
export class Engine {
  private constructor(
    readonly containers: Containers,
    readonly exec: Execs,
    readonly images: Images,
    readonly build: Builder,
    readonly networks: Networks,
    readonly volumes: Volumes,
    readonly system: System,
    readonly events: EventBus,
    readonly containerd: Containerd,
    private readonly opened: Opened,
  ) {}

  get clusterNetworks(): ClusterNetworks {
    return this.networks.cluster
  }

  /** Takes up what runs already, and answers when all of it is as it was left, or settled. */
  static async open(options: EngineOptions): Promise<Engine> {
    const { dataRoot, execRoot, containerdAddress: address, logger } = options
    const logDefaults = checkDefaults(options.logDefaults)
    mkdirSync(join(dataRoot, 'engine'), { recursive: true, mode: 0o700 })
    mkdirSync(execRoot, { recursive: true, mode: 0o711 })
    const events = new EventBus()
    const foreign = address === undefined ? {} : { address, namespace: namespaceOf(dataRoot) }
    const containerd = await openContainerd({ dataRoot, execRoot, logger, ...foreign })
    const { client } = containerd
    const db = EngineDb.open(join(dataRoot, 'engine'))
    const registry = openRegistry(db)
    const { registryMirrors: mirrors, insecureRegistries: insecure } = options
    const registries: RegistryOptions = { ...registryDefaults, ...options.registries, mirrors, insecure }
    const commits = commitSource(registry, client)
    const images = await Images.open({
      containerd: client,
      events,
      users: imageUsers(registry),
      commits,
      registries,
      logger,
    })
    const root = join(dataRoot, 'volumes')
    const sockets = options.pluginSockets ?? dockerFolders.sockets
    const plugins = new Plugins({ ...dockerFolders, sockets })
    const volumes = await Volumes.open({ db, root, events, users: volumeUsers(registry), plugins, logger })
    const networks = await Networks.open({ dataRoot, execRoot, db, events, logger, defaults: options.networkDefaults })
    const { sandboxes } = networks
    const parts = { containerd: client, images, volumes, sandboxes, events, registry }
    const containers: Containers = new Containers({ ...parts, dataRoot, execRoot, logDefaults, logger })
    networks.users = containers.networkUsers
    const build = images.builder(containers, join(dataRoot, 'build'))
    await containers.adopt()
    await build.sweep()
    const settings: SystemOptions = { ...options, version: options.version ?? '0.1.0' }
    const system = await System.open({ options: settings, containers, images, volumes, containerd: client, events }, db)
    const opened = { db, containerd, registries, settings }
    const engine = new Engine(
      containers,
      containers.exec,
      images,
      build,
      networks,
      volumes,
      system,
      events,
      client,
      opened,
    )
    await containers.applyPolicies()
    return engine
  }

  /** Pulls and `docker info` go by these from now on. */
  reload({ registryMirrors, insecureRegistries, labels }: Reloadable): void {
    Object.assign(this.opened.registries, { mirrors: registryMirrors, insecure: insecureRegistries })
    Object.assign(this.opened.settings, { registryMirrors, insecureRegistries, labels })
  }

  /** Leaves every container running. */
  async close(): Promise<void> {
    await this.containers.close()
    await this.networks.close()
    await this.opened.containerd.close()
    await this.opened.db.close()
  }
}
