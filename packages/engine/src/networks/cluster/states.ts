import type { NetworkState } from '@essaim/protocol'
import type { EngineDb, Table } from '../../state/db.js'
import type { ClusterSelf } from '../contract.js'
import type { SandboxRecord } from '../records.js'
import type { Backends, MeshPort } from '../rules/host.js'
import type { VirtualService } from '../rules/inside.js'

/** What the managers last said of each network on this host, kept so that a restart finds names and services unchanged. */
export class ClusterStates {
  readonly #table: Table<NetworkState>
  readonly #states = new Map<string, NetworkState>()
  /** By network and service: how often it has lost a backend. */
  readonly #generationTable: Table<number>
  readonly #generations = new Map<string, number>()
  readonly #drainedTable: Table<true>
  readonly #drained: Set<string>
  readonly #selfTable: Table<ClusterSelf>
  #self: ClusterSelf | undefined

  constructor(db: EngineDb) {
    this.#table = db.table('clusterNetworks')
    for (const { key, value } of this.#table.entries()) this.#states.set(key, value)
    this.#generationTable = db.table('backendGenerations')
    for (const { key, value } of this.#generationTable.entries()) this.#generations.set(key, value)
    this.#drainedTable = db.table('drainedTasks')
    this.#drained = new Set(this.#drainedTable.entries().map(({ key }) => key))
    this.#selfTable = db.table('clusterSelf')
    this.#self = this.#selfTable.get('')
  }

  /** This node as the managers know it; undefined before they have spoken. */
  get self(): ClusterSelf | undefined {
    return this.#self
  }

  all(): NetworkState[] {
    return [...this.#states.values()]
  }

  /** Tasks of this host that are about to stop. */
  get drained(): ReadonlySet<string> {
    return this.#drained
  }

  async drain(taskId: string): Promise<void> {
    const before = this.#ready()
    this.#drained.add(taskId)
    await Promise.all([this.#drainedTable.put(taskId, true), this.#countLosses(before)])
  }

  get(networkId: string): NetworkState | undefined {
    return this.#states.get(networkId)
  }

  ids(): string[] {
    return [...this.#states.keys()]
  }

  async put(states: NetworkState[], self: ClusterSelf): Promise<void> {
    const before = this.#ready()
    for (const state of states) this.#states.set(state.network.ID, state)
    const tasks = new Set([...this.#states.values()].flatMap((state) => state.endpoints.map((one) => one.taskId)))
    const gone = [...this.#drained].filter((task) => !tasks.has(task))
    for (const task of gone) this.#drained.delete(task)
    const moved = this.#self?.nodeId !== self.nodeId || this.#self.address !== self.address
    this.#self = self
    await Promise.all([
      moved ? this.#selfTable.put('', self) : undefined,
      ...states.map((state) => this.#table.put(state.network.ID, state)),
      ...gone.map((task) => this.#drainedTable.remove(task)),
      this.#countLosses(before),
    ])
  }

  async remove(networkId: string): Promise<void> {
    this.#states.delete(networkId)
    const keys = [...this.#generations.keys()].filter((key) => key.startsWith(`${networkId} `))
    for (const key of keys) this.#generations.delete(key)
    await Promise.all([this.#table.remove(networkId), ...keys.map((key) => this.#generationTable.remove(key))])
  }

  /** Networks that a task has an endpoint on. */
  networksOf(taskId: string): string[] {
    return this.ids().filter((id) => this.get(id)?.endpoints.some((one) => one.taskId === taskId))
  }

  /** The services that a container balances over, by its networks. */
  servicesOf(sandbox: SandboxRecord): VirtualService[] {
    return sandbox.endpoints.flatMap(({ networkId }) => {
      const state = this.get(networkId)
      return (state?.services ?? []).flatMap((service): VirtualService[] => {
        if (!state || service.mode !== 'vip' || service.vip === undefined) return []
        const id = `${networkId}_${service.serviceId}`.replace(/\W/g, '_')
        return [{ id, vip: service.vip, ...this.#backends(state, service.serviceId) }]
      })
    })
  }

  /** The ports that every host answers for. */
  mesh(): MeshPort[] {
    return [...this.#states.values()]
      .filter((state) => state.network.Spec.Ingress === true)
      .flatMap((state) =>
        state.services.flatMap((service) =>
          service.ports.flatMap((port): MeshPort[] => {
            const { PublishedPort: publishedPort, TargetPort: targetPort, Protocol: protocol = 'tcp' } = port
            if (publishedPort === undefined || publishedPort === 0 || targetPort === undefined) return []
            if (port.PublishMode === 'host' || (protocol !== 'tcp' && protocol !== 'udp')) return []
            return [{ protocol, publishedPort, targetPort, ...this.#backends(state, service.serviceId) }]
          }),
        ),
      )
  }

  /** In a fixed order, so that equal states make equal rules. */
  #backends(state: NetworkState, serviceId: string): Backends {
    const all = state.endpoints.filter((one) => one.serviceId === serviceId)
    const ready = all.filter((one) => one.ready && !this.#drained.has(one.taskId))
    return {
      addresses: ready.map((one) => one.address).sort(),
      coming: all.length > 0,
      generation: this.#generations.get(keyOf(state, serviceId)) ?? 0,
    }
  }

  /** By network and service, who takes new connections. */
  #ready(): Map<string, string[]> {
    const services = [...this.#states.values()].flatMap((state) =>
      state.services.map((service) => ({ state, id: service.serviceId })),
    )
    return new Map(services.map(({ state, id }) => [keyOf(state, id), this.#backends(state, id).addresses]))
  }

  async #countLosses(before: Map<string, string[]>): Promise<void> {
    const now = this.#ready()
    const lost = [...before].filter(([key, addresses]) => addresses.some((one) => !now.get(key)?.includes(one)))
    for (const [key] of lost) this.#generations.set(key, (this.#generations.get(key) ?? 0) + 1)
    await Promise.all(lost.map(([key]) => this.#generationTable.put(key, this.#generations.get(key) ?? 0)))
  }
}

const keyOf = (state: NetworkState, serviceId: string): string => `${state.network.ID} ${serviceId}`
