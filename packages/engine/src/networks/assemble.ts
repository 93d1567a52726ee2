import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { KeyedLock, messageOf, randomIds, type Ids, type Logger } from '@essaim/base'
import type { EventBus } from '../events/bus.js'
import type { EngineDb } from '../state/db.js'
import type { Surroundings } from './api/create.js'
import { changedBridge, usualBridge, type DefaultBridge } from './api/default-bridge.js'
import { missingPredefined } from './api/predefined.js'
import { Bridges } from './bridges.js'
import { MeshPorts } from './cluster/mesh-ports.js'
import { LocalClusterNetworks } from './cluster/networks.js'
import { crossingsOf } from './cluster/crossing.js'
import { ClusterStates } from './cluster/states.js'
import { Tunnels } from './cluster/tunnels.js'
import { Fdb } from './kernel/fdb.js'
import { hostLinks, hostSubnets, setSysctl, uplinkMtu } from './kernel/host.js'
import { Ip } from './kernel/ip.js'
import { Namespaces } from './kernel/namespace.js'
import { Nft } from './kernel/nft.js'
import { dockerPools, uniqueLocalPool, type AddressPool } from './ipam/default-pools.js'
import { familyOf } from './ipam/address.js'
import { Lans } from './lans.js'
import { findNetwork } from './lookup.js'
import type { DnsSettings } from './records.js'
import type { ClusterNetworks, Sandboxes } from './contract.js'
import { PublishedPorts } from './ports/published.js'
import { Registry } from './registry.js'
import { hostRules } from './rules/host.js'
import { hostRules6 } from './rules/host6.js'
import { HostTable } from './rules/host-table.js'
import { meshRules } from './rules/mesh.js'
import { FileStore, hostResolvers, type Resolvers } from './sandbox/files.js'
import { InsideTables } from './sandbox/inside.js'
import { bridgeAlias } from './sandbox/links.js'
import type { Parts } from './sandbox/parts.js'
import type { View } from './sandbox/plan.js'
import { LocalSandboxes } from './sandbox/sandboxes.js'
import { LiveZone } from './zone.js'

export interface NetworksOptions {
  /** Files of containers are kept in `networks/` below it. */
  dataRoot: string
  /** Namespaces are bound in `netns/` below it. */
  execRoot: string
  db: EngineDb
  events: EventBus
  logger: Logger
  defaults?: NetworkDefaults | undefined
  ids?: Ids
}

/** What holds where a request says nothing; dockerd's options of the same names. */
export interface NetworkDefaults {
  /** Empty for Docker's. */
  addressPools: AddressPool[]
  mtu?: number
  dns: DnsSettings
  /** Whether the kernel is told to pass packets on, which it is without this. */
  ipForward?: boolean
  bridge?: DefaultBridge
}

const noDefaults: NetworkDefaults = { addressPools: [], dns: { servers: [], search: [], options: [] } }

export interface NetworksParts {
  registry: Registry
  bridges: Bridges
  lans: Lans
  hostTable: HostTable
  events: EventBus
  sandboxes: Sandboxes
  cluster: ClusterNetworks
  surroundings: () => Promise<Surroundings>
  /** Ends the helpers and gives sockets back; what is in the kernel stays. */
  close: () => Promise<void>
}

/** How often the host's table is looked for (ms). */
const tableAge = 10_000

/** How often the host's resolv.conf is looked at again (ms). */
const resolversAge = 5000

/** Puts the parts together and brings the kernel to what is stored. */
export async function assemble(options: NetworksOptions): Promise<NetworksParts> {
  const { db, events, logger, dataRoot, execRoot, ids = randomIds, defaults = noDefaults } = options
  const namespaces = await Namespaces.open(join(execRoot, 'netns'), join(execRoot, 'netns-jobs'))
  await mkdir(join(dataRoot, 'networks'), { recursive: true, mode: 0o711 })

  const registry = new Registry(db)
  const states = new ClusterStates(db)
  const ip = new Ip()
  const nft = new Nft()
  const fdb = new Fdb()
  const tunnels = new Tunnels(ip, fdb, nft)
  const resolvers = await Resolving.start()
  const hostTable = new HostTable(
    nft,
    () => {
      const [networks, sandboxes] = [registry.networks(), registry.sandboxes()]
      const crossings = crossingsOf(states.all(), (id) => registry.network(id), states.self)
      return [hostRules(networks, sandboxes, states.mesh()), hostRules6(networks, sandboxes), meshRules(crossings)]
    },
    logger,
  )
  const bridges = new Bridges(ip, new LiveZone(registry, states, () => resolvers.current), logger)
  const lans = new Lans(logger)
  const ports = new PublishedPorts(logger)
  const locks = new KeyedLock()
  const inside = new InsideTables(registry, states, locks, namespaces, logger)
  const meshPorts = new MeshPorts(ports, () => states.mesh(), logger)
  const view: View = {
    find: (ref) => findNetwork(registry.networks(), ref),
    addressesOf: (networkId) => registry.addressesOf(networkId),
    ids,
  }
  const ownPool = await uniqueLocal(db, ids)
  const surroundings = async (): Promise<Surroundings> => {
    const [routes, links] = await Promise.all([hostSubnets(), hostLinks()])
    const given = defaults.addressPools
    const pools = [
      ...given,
      ...(given.some(isIPv4Pool) ? [] : dockerPools),
      ...(given.some(isIPv6Pool) ? [] : [ownPool]),
    ]
    return {
      networks: registry.networks(),
      routes,
      links,
      uplinkMtu: defaults.mtu ?? (await uplinkMtu(links)),
      pools,
      ids,
    }
  }
  const cluster = new LocalClusterNetworks({
    registry,
    states,
    bridges,
    tunnels,
    hostTable,
    inside,
    meshPorts,
    view,
    surroundings,
  })
  const parts: Parts = {
    registry,
    view,
    ip,
    hostTable,
    ports,
    files: new FileStore(join(dataRoot, 'networks')),
    inside,
    locks,
    namespaces,
    dns: defaults.dns,
    announce(action, endpoint, containerId) {
      const type = registry.network(endpoint.networkId)?.driver ?? 'bridge'
      const attributes = { container: containerId, name: endpoint.networkName, type }
      events.publish('network', action, endpoint.networkId, attributes)
    },
    allocate: (request) => cluster.allocate(request),
    allocateOne: (ref, settings, container) => cluster.allocateOne(ref, settings, container),
    release: (record, endpoints) => cluster.release(record, endpoints),
    logger,
  }

  const { bridge: settings = usualBridge, ipForward = true } = defaults
  await prepareHost(ipForward)
  await renewBridge(registry, bridges, await surroundings(), settings, logger)
  const missing = missingPredefined(await surroundings(), await defaultDevice(), settings)
  await Promise.all(missing.map((record) => registry.putNetwork(record)))
  await Promise.all(registry.networks().flatMap((record) => [bridges.ensure(record), lans.ensure(record)]))
  await cluster.restore()
  await hostTable.sync()
  await meshPorts.sync()

  const watch = setInterval(() => {
    void Promise.all([hostTable.check(), tunnels.check()]).catch((error: unknown) => {
      logger.error('the nftables table cannot be looked at', { error: messageOf(error) })
    })
  }, tableAge).unref()
  const sandboxes = new LocalSandboxes(parts)
  const close = async (): Promise<void> => {
    resolvers.stop()
    clearInterval(watch)
    await Promise.all([bridges.close(), ports.close(), ip.close(), fdb.close(), nft.close(), namespaces.close()])
  }
  return { registry, bridges, lans, hostTable, events, sandboxes, cluster, surroundings, close }
}

const isIPv6Pool = ({ base }: AddressPool): boolean => familyOf(base) === 6
const isIPv4Pool = (pool: AddressPool): boolean => !isIPv6Pool(pool)

/** Drawn once for a data root, so that its networks never meet those of another engine. */
async function uniqueLocal(db: EngineDb, ids: Ids): Promise<AddressPool> {
  const table = db.table<string>('networkIdentity')
  const known = table.get('uniqueLocal') ?? ids.hex64().slice(0, 10)
  await table.put('uniqueLocal', known)
  return uniqueLocalPool(known)
}

/**
 * Packets between containers of one bridge are the bridge's alone: with br_netfilter on they would be rewritten half on
 * the bridge and half above it. It is on in every new namespace once the module is loaded, and absent before that.
 */
async function prepareHost(ipForward: boolean): Promise<void> {
  if (ipForward) await setSysctl('net.ipv4.ip_forward', '1')
  for (const tables of ['iptables', 'ip6tables', 'arptables']) {
    await setSysctl(`net.bridge.bridge-nf-call-${tables}`, '0').catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
  }
}

/** The default bridge follows the options: at once where no container is on it, else as far as it can without moving one. */
async function renewBridge(
  registry: Registry,
  bridges: Bridges,
  around: Surroundings,
  settings: DefaultBridge,
  logger: Logger,
): Promise<void> {
  const record = registry.networks().find((network) => network.name === 'bridge')
  const next = record && changedBridge(record, around, settings)
  if (!record?.bridge || !next?.bridge) return
  if (registry.endpointsOf(record.id).length === 0) {
    await bridges.remove(record)
    await registry.putNetwork(next)
    return
  }
  const { pool, pool6 } = record.bridge
  if (JSON.stringify([pool, pool6]) !== JSON.stringify([next.bridge.pool, next.bridge.pool6])) {
    logger.warn('the default bridge keeps its addresses while containers are on it', { address: pool.gateway })
  }
  const { icc, masquerade, hostBinding } = next.bridge
  await registry.putNetwork({
    ...record,
    options: next.options,
    bridge: { ...record.bridge, icc, masquerade, hostBinding },
  })
}

/** docker0, as everybody expects it, unless somebody else's is there. */
async function defaultDevice(): Promise<string> {
  const there = (await hostLinks()).find((link) => link.name === 'docker0')
  return there === undefined || there.alias === bridgeAlias ? 'docker0' : 'essaim0'
}

/** The host's resolvers, read again while questions come. */
class Resolving {
  private constructor(
    private found: Resolvers,
    private timer: NodeJS.Timeout | undefined,
  ) {}

  static async start(): Promise<Resolving> {
    const resolving = new Resolving(await hostResolvers(), undefined)
    resolving.timer = setInterval(() => void resolving.refresh(), resolversAge).unref()
    return resolving
  }

  get current(): Resolvers {
    return this.found
  }

  private async refresh(): Promise<void> {
    this.found = await hostResolvers()
  }

  stop(): void {
    clearInterval(this.timer)
  }
}
