import type { ContainerCreateRequest, ContainerInspectResponse, EventMessage, Task } from '@essaim/api-types'
import { AsyncQueue, conflict, notFound, zeroTime } from '@essaim/base'
import type { KeptTask, TaskTable } from './worker.js'
import type { Runtime } from './runtime.js'

interface FakeContainer {
  id: string
  request: ContainerCreateRequest
  state: NonNullable<ContainerInspectResponse['State']>
  ended: PromiseWithResolvers<number>
}

/** An engine in memory for the tests of the agent's own decisions: containers are only entries, and end when told to. */
export class FakeEngine {
  readonly live = new Map<string, FakeContainer>()
  readonly calls: string[] = []
  readonly images = new Set(['alpine'])
  #listeners = new Set<AsyncQueue<EventMessage>>()

  get runtime(): Runtime {
    return {
      containers: {
        create: async (request, { name = '' }) => {
          this.calls.push(`create ${name}`)
          if (this.live.has(name)) throw conflict('container.name-taken', `name ${name} is taken`)
          if (!this.images.has(request.Image?.replace(/:latest$/, '') ?? '')) {
            throw notFound('image.not-found', `No such image: ${request.Image}`)
          }
          const state = { Running: false, StartedAt: zeroTime, ExitCode: 0, Pid: 0 }
          this.live.set(name, { id: `id-${name}`, request, state, ended: withResolvers() })
          return { Id: `id-${name}`, Warnings: [] }
        },
        start: async (name) => {
          this.calls.push(`start ${name}`)
          const container = this.#get(name)
          const health = container.request.Healthcheck ? { Health: { Status: 'starting' as const } } : {}
          Object.assign(container.state, { Running: true, StartedAt: 'now', Pid: 7, ...health })
        },
        stop: async (name) => {
          this.calls.push(`stop ${name}`)
          this.#get(name)
          this.exit(name, 143)
        },
        remove: async (name) => {
          this.calls.push(`remove ${name}`)
          this.#get(name)
          this.live.delete([...this.live].find(([key, { id }]) => key === name || id === name)?.[0] ?? '')
        },
        inspect: async (name) => {
          const { id, request, state } = this.#get(name)
          return { Id: id, Config: { ...request }, State: { ...state }, NetworkSettings: {} }
        },
        list: async () => [...this.live.values()].map(({ id, request }) => ({ Id: id, Labels: request.Labels ?? {} })),
        wait: async (name, _condition, signal) => {
          const { ended } = this.#get(name)
          const aborted = new Promise<never>((_, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
          })
          return { result: Promise.race([ended.promise.then((StatusCode) => ({ StatusCode })), aborted]) }
        },
        logs: async () => ({ tty: false, entries: new AsyncQueue() }),
        top: async () => ({ Titles: [], Processes: [] }),
        changes: async () => [],
      },
      exec: {
        create: async (name) => ({ Id: `exec-${this.#get(name).id}` }),
        start: async () => undefined,
        resize: async () => {},
        inspect: async (id) => ({ ID: id, Running: false, ExitCode: 0 }),
      },
      images: {
        inspect: async (ref) => {
          if (!this.images.has(ref)) throw notFound('image.not-found', `No such image: ${ref}`)
          return {}
        },
        pull: async () => {
          throw notFound('registry.unknown', 'there is no registry')
        },
      },
      events: {
        subscribe: (signal) => {
          const queue: AsyncQueue<EventMessage> = new AsyncQueue(Infinity, () => this.#listeners.delete(queue))
          this.#listeners.add(queue)
          signal.addEventListener('abort', () => queue.close(), { once: true })
          return queue
        },
      },
      system: { info: async () => ({ Name: 'vm', Architecture: 'x86_64', OSType: 'linux' }) },
      clusterNetworks: {
        apply: async () => {},
        remove: async () => {},
        list: () => [],
        drain: async (taskId) => {
          this.calls.push(`drain ${taskId}`)
        },
      },
    }
  }

  exit(name: string, code: number): void {
    const container = this.#get(name)
    if (!container.state.Running) return
    Object.assign(container.state, { Running: false, ExitCode: code, Pid: 0 })
    container.ended.resolve(code)
    this.emit(name, 'die')
  }

  health(name: string, status: 'healthy' | 'unhealthy'): void {
    this.#get(name).state.Health = { Status: status }
    this.emit(name, `health_status: ${status}`)
  }

  emit(name: string, action: string): void {
    const { id, request } = this.#get(name)
    const event: EventMessage = {
      Type: 'container',
      Action: action,
      Actor: { ID: id, Attributes: request.Labels ?? {} },
    }
    for (const listener of this.#listeners) listener.push(event)
  }

  #get(ref: string): FakeContainer {
    const found = this.live.get(ref) ?? [...this.live.values()].find(({ id }) => id === ref)
    if (!found) throw notFound('container.not-found', `No such container: ${ref}`)
    return found
  }
}

export class FakeTable implements TaskTable {
  readonly kept = new Map<string, KeptTask>()

  async put(id: string, value: KeptTask): Promise<void> {
    this.kept.set(id, structuredClone(value))
  }

  async remove(id: string): Promise<void> {
    this.kept.delete(id)
  }

  entries(): { key: string; value: KeptTask }[] {
    return [...this.kept].map(([key, value]) => ({ key, value }))
  }
}

export function exampleTask(id: string, change: Partial<Task> = {}, spec: Task['Spec']['ContainerSpec'] = {}): Task {
  return {
    ID: id,
    Version: { Index: 1 },
    CreatedAt: '',
    UpdatedAt: '',
    Spec: { ContainerSpec: { Image: 'alpine', ...spec } },
    ServiceID: 'svc',
    Slot: 1,
    NodeID: 'node',
    Status: { State: 'assigned', Timestamp: '' },
    DesiredState: 'running',
    Internal: { SpecVersion: 1, ServiceName: 'web', ServiceLabels: {}, Ports: [], NotBefore: 0 },
    ...change,
  }
}

function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve: (value: T | PromiseLike<T>) => void = () => {}
  let reject: (reason?: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}

interface PromiseWithResolvers<T> {
  promise: Promise<T>
  resolve: (value: T | PromiseLike<T>) => void
  reject: (reason?: unknown) => void
}
