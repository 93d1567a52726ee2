import type { EngineDb, Table } from '../state/db.js'
import { addressesOf, type EndpointRecord, type NetworkRecord, type SandboxRecord } from './records.js'

/**
 * What the network layer knows: in memory for deciding, in the database for the next process. Changes are visible at
 * once; the promise says when they are on disk.
 */
export class Registry {
  readonly #networkTable: Table<NetworkRecord>
  readonly #sandboxTable: Table<SandboxRecord>
  readonly #networks = new Map<string, NetworkRecord>()
  readonly #sandboxes = new Map<string, SandboxRecord>()

  constructor(db: EngineDb) {
    this.#networkTable = db.table('networks')
    this.#sandboxTable = db.table('sandboxes')
    for (const { key, value } of this.#networkTable.entries()) this.#networks.set(key, value)
    for (const { key, value } of this.#sandboxTable.entries()) this.#sandboxes.set(key, value)
  }

  networks(): NetworkRecord[] {
    return [...this.#networks.values()]
  }

  network(id: string): NetworkRecord | undefined {
    return this.#networks.get(id)
  }

  async putNetwork(record: NetworkRecord): Promise<void> {
    this.#networks.set(record.id, record)
    await this.#networkTable.put(record.id, record)
  }

  /** Nobody finds it any more; it stays on disk until its removal is done, so that one that is cut short leaves it whole. */
  hideNetwork(id: string): void {
    this.#networks.delete(id)
  }

  async removeNetwork(id: string): Promise<void> {
    this.#networks.delete(id)
    await this.#networkTable.remove(id)
  }

  sandboxes(): SandboxRecord[] {
    return [...this.#sandboxes.values()]
  }

  sandbox(containerId: string): SandboxRecord | undefined {
    return this.#sandboxes.get(containerId)
  }

  async putSandbox(record: SandboxRecord): Promise<void> {
    this.#sandboxes.set(record.containerId, record)
    await this.#sandboxTable.put(record.containerId, record)
  }

  async removeSandbox(containerId: string): Promise<void> {
    this.#sandboxes.delete(containerId)
    await this.#sandboxTable.remove(containerId)
  }

  /** Who is on a network. */
  endpointsOf(networkId: string): { sandbox: SandboxRecord; endpoint: EndpointRecord }[] {
    return this.sandboxes().flatMap((sandbox) =>
      sandbox.endpoints
        .filter((endpoint) => endpoint.networkId === networkId)
        .map((endpoint) => ({ sandbox, endpoint })),
    )
  }

  addressesOf(networkId: string): Set<string> {
    return new Set(
      this.endpointsOf(networkId).flatMap(({ endpoint }) => (endpoint.link ? addressesOf(endpoint.link) : [])),
    )
  }
}
