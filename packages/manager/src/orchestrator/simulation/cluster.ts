import { silentLogger } from '@essaim/base'
import type { Ids, Logger } from '@essaim/base'
import type { Cluster, Node, Service, ServiceSpec, Task } from '@essaim/api-types'
import { MemoryBackend } from '../../store/memory-backend.js'
import { openStore } from '../../store/store.js'
import type { Change, Store, Tx, View } from '../../store/contract.js'
import { startLoops } from '../index.js'
import type { Loops } from '../index.js'
import type { Pass } from '../loop/pass.js'
import { SimulatedAgents } from './agent.js'
import { SimulatedClock, settle } from './clock.js'

const unborn = { Version: { Index: 0 }, CreatedAt: '', UpdatedAt: '' }
const author = { name: 'test' }

type Spec = Omit<ServiceSpec, 'Name'>

/** A whole manager on a real store with a simulated clock and simulated agents. */
export class SimulatedCluster implements AsyncDisposable {
  readonly clock = new SimulatedClock()
  readonly ids = countingIds()
  readonly backend = new MemoryBackend()
  #parts: { store: Store; loops: Loops; agents: SimulatedAgents } | undefined

  private constructor(private readonly logger: Logger) {}

  static async start(nodes = 1, logger: Logger = silentLogger): Promise<SimulatedCluster> {
    const cluster = new SimulatedCluster(logger)
    await cluster.#open()
    await cluster.write((tx) => {
      tx.create('cluster', clusterObject())
      for (let index = 1; index <= nodes; index++) tx.create('node', nodeObject(index))
    })
    return cluster
  }

  get view(): View {
    return this.#running.store.view()
  }

  get store(): Store {
    return this.#running.store
  }

  get agents(): SimulatedAgents {
    return this.#running.agents
  }

  /** Stops the manager and starts it again from what is stored. */
  async restart(): Promise<void> {
    await this.#close()
    await this.#open()
    await settle()
  }

  async write(change: (tx: Tx) => void): Promise<void> {
    await this.#running.store.update(author, 'test', change)
    await settle()
  }

  async createService(id: string, spec: Spec): Promise<void> {
    await this.write((tx) => {
      tx.create('service', {
        ID: id,
        ...unborn,
        Spec: { Name: id, TaskTemplate: { ContainerSpec: { Image: 'app' } }, ...spec },
        Endpoint: { Spec: {} },
        Internal: { SpecVersion: tx.revision },
      })
    })
  }

  /** As the API does it: the old specification is kept, what was known of an update is dropped. */
  async updateService(id: string, change: (spec: Service['Spec']) => Service['Spec']): Promise<void> {
    await this.write((tx) => {
      const { UpdateStatus: _, PreviousSpec: __, ...service } = tx.get('service', id) as Service
      const Internal = { SpecVersion: tx.revision, PreviousSpecVersion: service.Internal.SpecVersion }
      tx.update('service', { ...service, PreviousSpec: service.Spec, Spec: change(service.Spec), Internal })
    })
  }

  async updateNode(id: string, change: (node: Node) => Partial<Node>): Promise<void> {
    await this.write((tx) => {
      const node = tx.get('node', id) as Node
      tx.update('node', { ...node, ...change(node) })
    })
  }

  /** Lets agents and time go on together: an agent's step, then `stepMs`, for `ms` in all. */
  async run(ms: number, stepMs = 100): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await this.#running.agents.step()
      await this.clock.advance(stepMs)
    }
  }

  tasks(serviceId: string): Task[] {
    return [...this.view.find('task', 'service', serviceId)]
  }

  running(serviceId: string): Task[] {
    return this.tasks(serviceId).filter(({ Status }) => Status.State === 'running')
  }

  service(id: string): Service {
    const service = this.view.get('service', id)
    if (service === undefined) throw new Error(`no service ${id}`)
    return service
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }

  get #running(): { store: Store; loops: Loops; agents: SimulatedAgents } {
    if (this.#parts === undefined) throw new Error('the cluster is closed')
    return this.#parts
  }

  async #open(): Promise<void> {
    const { clock, ids, logger } = this
    const before = this.#parts?.agents
    const store = await openStore(this.backend, { clock })
    const agents = new SimulatedAgents(store, clock, before)
    this.#parts = { store, agents, loops: startLoops({ store, clock, ids, logger, passes: [new InstantAllocator()] }) }
  }

  async #close(): Promise<void> {
    await this.#running.loops.close()
    await this.#running.store.close()
  }
}

/** Has nothing to give out: new tasks become pending. */
class InstantAllocator implements Pass {
  readonly name = 'allocator'
  readonly #new = new Set<string>()

  mark({ table, object }: Change): void {
    if (table === 'task' && object.Status.State === 'new') this.#new.add(object.ID)
  }

  reset(view: View): void {
    for (const { ID } of view.find('task', 'state', 'new')) this.#new.add(ID)
  }

  run(tx: Tx): undefined {
    for (const id of this.#new) {
      const task = tx.get('task', id)
      const service = tx.get('service', task?.ServiceID ?? '')
      if (task?.Status.State !== 'new') continue
      const Ports = service?.Spec.EndpointSpec?.Ports ?? []
      const Status = { ...task.Status, State: 'pending' } as const
      tx.update('task', { ...task, Status, Internal: { ...task.Internal, Ports } })
    }
    this.#new.clear()
  }

  due(): undefined {
    return undefined
  }

  dirty(): boolean {
    return this.#new.size > 0
  }
}

export function nodeObject(index: number, changes: Partial<Node> = {}): Node {
  return {
    ID: `node${index}`,
    ...unborn,
    Spec: { Role: 'manager', Availability: 'active' },
    Description: { Hostname: `host${index}`, Resources: { NanoCPUs: 4e9, MemoryBytes: 4e9 } },
    Status: { State: 'ready', Addr: `10.0.0.${index}` },
    ...changes,
  }
}

function clusterObject(): Cluster {
  return {
    ID: 'cluster',
    ...unborn,
    Spec: { Orchestration: { TaskHistoryRetentionLimit: 5 } },
    TLSInfo: {},
    RootRotationInProgress: false,
    DefaultAddrPool: [],
    SubnetSize: 24,
    DataPathPort: 4789,
    Internal: {
      JoinTokens: { Worker: '', Manager: '' },
      RootCA: { certificate: '', key: '' },
      BlockedNodes: [],
    },
  }
}

function countingIds(): Ids {
  let count = 0
  const next = (): string => `id${String(++count).padStart(8, '0')}`
  return { hex64: next, swarm: next }
}
