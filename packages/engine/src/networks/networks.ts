import type {
  Filters,
  Identity,
  Network,
  NetworkConnectRequest,
  NetworkCreateRequest,
  NetworkCreateResponse,
  NetworkDisconnectRequest,
} from '@essaim/api-types'
import { forbidden, internal, KeyedLock, notFound } from '@essaim/base'
import { planNetwork, predefined } from './api/create.js'
import { describe } from './api/describe.js'
import { namesNetwork } from './api/names-network.js'
import { matcher, pruneMatcher } from './api/filters.js'
import { active } from './cluster/networks.js'
import type { ClusterNetworks, NetworkRef, NetworkUsers, Sandboxes } from './contract.js'
import { assemble, type NetworksOptions, type NetworksParts } from './assemble.js'
import { findNetwork } from './lookup.js'
import type { NetworkRecord } from './records.js'
import { namesNetworkName, wayOutName } from './sandbox/hidden.js'
import { all } from './settle.js'

/** The networks of this host: those made here, and the cluster's as far as they are here. */
export class Networks {
  readonly sandboxes: Sandboxes
  readonly cluster: ClusterNetworks
  /** Set once the containers are there. */
  users: NetworkUsers | undefined
  readonly #lock = new KeyedLock()

  private constructor(private readonly parts: NetworksParts) {
    this.sandboxes = parts.sandboxes
    this.cluster = parts.cluster
  }

  /** Finds all again that was there, in the database and in the kernel; makes what is missing of it. */
  static async open(options: NetworksOptions): Promise<Networks> {
    return new Networks(await assemble(options))
  }

  /** Containers go on; their ports, names inside the kernel and connections too. */
  close(): Promise<void> {
    return this.parts.close()
  }

  /** By id, name or prefix of an id; undefined for none. Throws where several fit. */
  find(ref: string): NetworkRef | undefined {
    const record = this.#find(ref)
    return record && { id: record.id, name: record.name }
  }

  async list(filters: Filters): Promise<Network[]> {
    const matches = matcher(filters)
    const { registry } = this.parts
    return registry
      .networks()
      .filter((record) => !record.hidden && matches(record, registry.endpointsOf(record.id).length > 0))
      .map((record) => describe(record, registry.endpointsOf(record.id)))
  }

  async inspect(ref: string, options: { verbose: boolean; scope?: string }): Promise<Network> {
    const record = this.#existing(ref)
    if (options.scope !== undefined && options.scope !== '' && options.scope !== record.scope) throw unknown(ref)
    return describe(record, this.parts.registry.endpointsOf(record.id))
  }

  create(request: NetworkCreateRequest, _caller: Identity): Promise<NetworkCreateResponse> {
    return this.#lock.run('', async () => {
      const { registry, bridges, lans, hostTable } = this.parts
      const around = await this.parts.surroundings()
      const record = planNetwork(request, around)
      const known = registry.networks().some(({ name }) => name === namesNetworkName)
      const fresh = record.lan && !known ? [record, namesNetwork(around)] : [record]
      try {
        await all(fresh.map((one) => registry.putNetwork(one)))
        await lans.create(record)
        for (const one of fresh) await bridges.ensure(one)
        await hostTable.sync()
      } catch (error) {
        await this.#removeRecord(record)
        throw error
      }
      this.#announce('create', record)
      return { Id: record.id, Warning: '' }
    })
  }

  remove(ref: string, _caller: Identity): Promise<void> {
    return this.#lock.run('', async () => {
      const record = this.#existing(ref)
      if (predefined.includes(record.name)) {
        throw forbidden('network.predefined', `${record.name} is a pre-defined network and cannot be removed`)
      }
      const { registry } = this.parts
      if (registry.endpointsOf(record.id).length > 0) throw active(record)
      if (record.configOnly && registry.networks().some((other) => other.configFrom === record.name)) {
        throw forbidden('network.config-in-use', `configuration network "${record.name}" is in use`)
      }
      await this.#removeRecord(record)
      this.#announce('destroy', record)
    })
  }

  async connect(ref: string, request: NetworkConnectRequest): Promise<void> {
    const settings = request.EndpointConfig ?? {}
    await this.#users().connect(request.Container ?? '', this.#existingRef(ref), settings)
  }

  async disconnect(ref: string, request: NetworkDisconnectRequest): Promise<void> {
    await this.#users().disconnect(request.Container ?? '', this.#existingRef(ref), request.Force ?? false)
  }

  prune(filters: Filters, caller: Identity): Promise<{ NetworksDeleted: string[] | null }> {
    const matches = pruneMatcher(filters, Date.now())
    return this.#prune(matches, caller)
  }

  async #prune(
    matches: (network: NetworkRecord) => boolean,
    caller: Identity,
  ): Promise<{ NetworksDeleted: string[] | null }> {
    const { registry, events } = this.parts
    const deleted: string[] = []
    // Tasks leave by the way out without a visible place on it: it is never unused while there are cluster networks.
    const visible = registry.networks().filter(({ hidden, name }) => !hidden && name !== wayOutName)
    for (const record of visible.filter(matches)) {
      if (registry.endpointsOf(record.id).length > 0) continue
      await this.remove(record.id, caller)
      deleted.push(record.name)
    }
    events.publish('network', 'prune', '', { reclaimed: '0' })
    return { NetworksDeleted: deleted.length > 0 ? deleted : null }
  }

  /** Out of sight first: no container may be planned onto a network that is going away. */
  async #removeRecord(record: NetworkRecord): Promise<void> {
    const { registry, bridges, lans, hostTable } = this.parts
    registry.hideNetwork(record.id)
    const names = registry.networks().find(({ name }) => name === namesNetworkName)
    const needed = registry.networks().some(({ lan }) => lan !== undefined)
    if (names && !needed) registry.hideNetwork(names.id)
    for (const one of names && !needed ? [record, names] : [record]) {
      try {
        await bridges.remove(one)
        await lans.remove(one)
      } catch (error) {
        await registry.putNetwork(one)
        throw error
      }
      await registry.removeNetwork(one.id)
    }
    await hostTable.sync()
  }

  #announce(action: 'create' | 'destroy', record: NetworkRecord): void {
    this.parts.events.publish('network', action, record.id, { name: record.name, type: record.driver })
  }

  #find(ref: string): NetworkRecord | undefined {
    return findNetwork(
      this.parts.registry.networks().filter(({ hidden }) => !hidden),
      ref,
    )
  }

  #existing(ref: string): NetworkRecord {
    const record = this.#find(ref)
    if (!record) throw unknown(ref)
    return record
  }

  #existingRef(ref: string): NetworkRef {
    const { id, name } = this.#existing(ref)
    return { id, name }
  }

  #users(): NetworkUsers {
    if (!this.users) throw internal('network.not-ready', 'the containers are not there yet')
    return this.users
  }
}

const unknown = (ref: string): Error => notFound('network.unknown', `network ${ref} not found`)
