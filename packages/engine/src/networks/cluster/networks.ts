import type { EndpointSettings } from '@essaim/api-types'
import { forbidden, KeyedLock } from '@essaim/base'
import type { NetworkState } from '@essaim/protocol'
import type { Surroundings } from '../api/create.js'
import { wayOut } from '../api/predefined.js'
import type { Bridges } from '../bridges.js'
import type { ClusterNetworks, ClusterSelf, SandboxRequest } from '../contract.js'
import { hasAddress, mtuAt } from '../kernel/host.js'
import type { EndpointRecord, NetworkRecord, SandboxRecord } from '../records.js'
import type { Registry } from '../registry.js'
import type { HostTable } from '../rules/host-table.js'
import type { InsideTables } from '../sandbox/inside.js'
import { wayOutName } from '../sandbox/hidden.js'
import { existing, wantedNetworks, type View } from '../sandbox/plan.js'
import { all } from '../settle.js'
import type { MeshPorts } from './mesh-ports.js'
import { mtuOf, recordOf } from './record.js'
import type { ClusterStates } from './states.js'
import { tunnelName, tunnelOf } from './tunnel.js'
import type { Tunnels } from './tunnels.js'

export interface ClusterParts {
  registry: Registry
  states: ClusterStates
  bridges: Bridges
  tunnels: Tunnels
  hostTable: HostTable
  inside: InsideTables
  meshPorts: MeshPorts
  view: View
  surroundings: () => Promise<Surroundings>
}

export class LocalClusterNetworks implements ClusterNetworks {
  onAttach?: (networkId: string, container: { id: string; name: string }) => Promise<EndpointSettings>
  onDetach?: (networkId: string, containerId: string) => Promise<void>
  refuse?: (ref: string) => Error | undefined
  /** One change of the set of networks at a time. */
  readonly #lock = new KeyedLock()

  constructor(private readonly parts: ClusterParts) {}

  apply(states: NetworkState[], self: ClusterSelf): Promise<void> {
    return this.#lock.run('', async () => {
      const { registry, states: known, bridges, meshPorts } = this.parts
      const fresh = await this.#newRecords(states, self)
      const added = [...fresh, ...(await this.#missingWayOut(states, fresh))]
      await all([known.put(states, self), ...added.map((record) => registry.putNetwork(record))])
      await all(added.map((record) => bridges.ensure(record)))
      await this.#tunnel(states, self)
      await meshPorts.sync()
      await this.#refresh(states.map((state) => state.network.ID))
    })
  }

  /** After a restart: what leads to other hosts is as the managers last said. */
  restore(): Promise<void> {
    return this.#lock.run('', async () => {
      const { states } = this.parts
      if (states.self) await this.#tunnel(states.all(), states.self)
    })
  }

  /** A network keeps the MTU that it was made with on this host: its containers have it. */
  async #newRecords(states: NetworkState[], self: ClusterSelf): Promise<NetworkRecord[]> {
    const { registry, surroundings } = this.parts
    const known = (state: NetworkState): number | undefined => registry.network(state.network.ID)?.bridge?.mtu
    const isNew = states.some((state) => known(state) === undefined)
    const uplink = isNew ? ((await mtuAt(self.address)) ?? (await surroundings()).uplinkMtu) : 0
    return states
      .map((state) => recordOf(state, known(state) ?? mtuOf(state, uplink)))
      .filter((record) => !equal(record, registry.network(record.id)))
  }

  /** As Docker, with the first network of a cluster: users look for it. */
  async #missingWayOut(states: NetworkState[], fresh: NetworkRecord[]): Promise<NetworkRecord[]> {
    const { registry, surroundings } = this.parts
    if (states.length === 0 || registry.networks().some(({ name }) => name === wayOutName)) return []
    const around = await surroundings()
    return [wayOut({ ...around, networks: [...around.networks, ...fresh] })]
  }

  async #tunnel(states: NetworkState[], self: ClusterSelf): Promise<void> {
    const { registry, tunnels } = this.parts
    const local = hasAddress(self.address) ? self.address : undefined
    const wanted = states.flatMap((state) => {
      const bridge = registry.network(state.network.ID)?.bridge
      return (bridge && tunnelOf(state, bridge, self, local)) ?? []
    })
    const devices = new Set(wanted.map(({ device }) => device))
    const own = states.map((state) => tunnelName(state.network.ID))
    await tunnels.removeUnused(own.filter((device) => !devices.has(device)))
    await tunnels.sync(wanted, local)
  }

  remove(networkId: string): Promise<void> {
    return this.#lock.run('', async () => {
      const { registry, states, hostTable, meshPorts } = this.parts
      const record = registry.network(networkId)
      if (record && registry.endpointsOf(networkId).length > 0) throw active(record)
      await states.remove(networkId)
      if (record) await this.#removeRecord(record)
      const out = registry.networks().find((network) => network.name === wayOutName)
      const unused = out && states.ids().length === 0 && registry.endpointsOf(out.id).length === 0
      if (out && unused) await this.#removeRecord(out)
      await meshPorts.sync()
      await hostTable.sync()
    })
  }

  list(): string[] {
    return this.parts.states.ids()
  }

  async drain(taskId: string): Promise<void> {
    const { states } = this.parts
    const networks = states.networksOf(taskId)
    if (networks.length === 0 || states.drained.has(taskId)) return
    await all([states.drain(taskId), this.#refresh(networks)])
  }

  /** Before a container that is no task starts: its addresses on cluster networks come from the managers. */
  async allocate(request: SandboxRequest): Promise<SandboxRequest> {
    if (['host', 'none'].includes(request.networkMode)) return request
    const endpoints: Record<string, EndpointSettings> = {}
    for (const [ref, settings] of wantedNetworks(request)) {
      endpoints[ref] = await this.allocateOne(ref, settings, { id: request.containerId, name: request.containerName })
    }
    return { ...request, endpoints }
  }

  async allocateOne(
    ref: string,
    settings: EndpointSettings,
    container: { id: string; name: string },
  ): Promise<EndpointSettings> {
    if (!this.parts.view.find(ref)) {
      const refusal = this.refuse?.(ref)
      if (refusal) throw refusal
    }
    const network = existing(ref, this.parts.view)
    const given = settings.IPAMConfig?.IPv4Address ?? ''
    if (network.driver !== 'overlay' || given !== '') return settings
    if (!network.attachable || !this.onAttach) {
      const reason = `rpc error: code = PermissionDenied desc = network ${network.name} not manually attachable`
      throw forbidden('network.not-attachable', `Could not attach to network ${network.name}: ${reason}`)
    }
    const allocated = await this.onAttach(network.id, container)
    return { ...settings, ...allocated }
  }

  async release(record: SandboxRecord, endpoints: EndpointRecord[]): Promise<void> {
    for (const { networkId, link } of endpoints) {
      const state = this.parts.states.get(networkId)
      if (!state || !this.onDetach) continue
      const task = state.endpoints.some((one) => one.address === link?.address && one.serviceId !== '')
      if (!task) await this.onDetach(networkId, record.containerId)
    }
  }

  async #refresh(networkIds: string[]): Promise<void> {
    const { registry, hostTable, inside } = this.parts
    const members = networkIds.flatMap((id) => registry.endpointsOf(id).map(({ sandbox }) => sandbox.containerId))
    await all([hostTable.sync(), inside.refresh([...new Set(members)])])
  }

  async #removeRecord(record: NetworkRecord): Promise<void> {
    if (record.driver === 'overlay') await this.parts.tunnels.remove(tunnelName(record.id))
    await this.parts.bridges.remove(record)
    await this.parts.registry.removeNetwork(record.id)
  }
}

export function active(record: NetworkRecord): Error {
  const { name, id } = record
  return forbidden('network.in-use', `error while removing network: network ${name} id ${id} has active endpoints`)
}

const equal = (a: NetworkRecord, b: NetworkRecord | undefined): boolean => JSON.stringify(a) === JSON.stringify(b)
