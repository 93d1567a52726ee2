import { ociProcess, ociResources, unpackAny, type Any } from './any.js'
import type { CallOptions, Channel } from './channel.js'
import { decodeMetrics, type Metrics } from './metrics.js'
import { methodOf, type Method } from './protocol.js'
import { timeOf, type Timestamp } from './time.js'
import type { Mount } from './types.js'

export interface NewTask {
  containerId: string
  rootfs: Mount[]
  /** Paths of FIFOs; empty for none. With a terminal `stderr` is empty. */
  stdin?: string
  stdout?: string
  stderr?: string
  terminal?: boolean
  /** Of `runcOptions`. */
  options?: Any
}

export interface NewExec {
  containerId: string
  execId: string
  stdin?: string
  stdout?: string
  stderr?: string
  terminal?: boolean
  /** OCI's `process`. */
  process: object
}

export type TaskStatus = 'UNKNOWN' | 'CREATED' | 'RUNNING' | 'STOPPED' | 'PAUSED' | 'PAUSING'

export interface TaskProcess {
  /** The id of the container's first process, or of the exec. */
  id: string
  containerId: string
  pid: number
  status: TaskStatus
  stdin: string
  stdout: string
  stderr: string
  terminal: boolean
  exitStatus: number
  /** RFC 3339; Go's zero time while it runs. */
  exitedAt: string
}

export interface Exit {
  /** 128 + n after signal n. */
  exitStatus: number
  exitedAt: string
}

export interface TaskPid {
  pid: number
  /** Of an exec's first process. */
  execId?: string
}

type WireExit = { exitStatus: number; exitedAt: Timestamp | null }
type WireProcess = Omit<TaskProcess, 'exitedAt'> & { exitedAt: Timestamp | null }

const method = <Request, Response>(name: string): Method<Request, Response> =>
  methodOf('containerd.services.tasks.v1.Tasks', name)

/** The processes of containers. `execId` undefined means the container's first process. */
export class TasksService {
  constructor(private readonly channel: Channel) {}

  /** Answers the process's id, which waits for `start`. */
  async create(task: NewTask, options?: CallOptions): Promise<number> {
    return (await this.channel.unary(method<object, { pid: number }>('Create'), task, options)).pid
  }

  async start(containerId: string, execId?: string, options?: CallOptions): Promise<number> {
    return (await this.channel.unary(method<object, { pid: number }>('Start'), { containerId, execId }, options)).pid
  }

  async delete(containerId: string, options?: CallOptions): Promise<Exit> {
    return exitOf(await this.channel.unary(method<object, WireExit>('Delete'), { containerId }, options))
  }

  async deleteProcess(containerId: string, execId: string, options?: CallOptions): Promise<Exit> {
    return exitOf(await this.channel.unary(method<object, WireExit>('DeleteProcess'), { containerId, execId }, options))
  }

  async get(containerId: string, execId?: string, options?: CallOptions): Promise<TaskProcess> {
    const request = { containerId, execId }
    return processOf(
      (await this.channel.unary(method<object, { process: WireProcess }>('Get'), request, options)).process,
    )
  }

  async list(options?: CallOptions): Promise<TaskProcess[]> {
    const answer = await this.channel.unary(method<object, { tasks: WireProcess[] }>('List'), {}, options)
    // containerd 1.6 leaves the container's id out here: a task has the id of its container.
    return answer.tasks.map(processOf).map((task) => ({ ...task, containerId: task.containerId || task.id }))
  }

  async kill(
    target: { containerId: string; execId?: string; signal: number; all?: boolean },
    options?: CallOptions,
  ): Promise<void> {
    await this.channel.unary(method<object, object>('Kill'), target, options)
  }

  async exec({ process, ...rest }: NewExec, options?: CallOptions): Promise<void> {
    await this.channel.unary(method<object, object>('Exec'), { ...rest, spec: ociProcess(process) }, options)
  }

  async resizePty(
    target: { containerId: string; execId?: string; width: number; height: number },
    options?: CallOptions,
  ): Promise<void> {
    await this.channel.unary(method<object, object>('ResizePty'), target, options)
  }

  /** Closes the shim's own end of standard input. */
  async closeIO(containerId: string, execId?: string, options?: CallOptions): Promise<void> {
    await this.channel.unary(method<object, object>('CloseIO'), { containerId, execId, stdin: true }, options)
  }

  async pause(containerId: string, options?: CallOptions): Promise<void> {
    await this.channel.unary(method<object, object>('Pause'), { containerId }, options)
  }

  async resume(containerId: string, options?: CallOptions): Promise<void> {
    await this.channel.unary(method<object, object>('Resume'), { containerId }, options)
  }

  async pids(containerId: string, options?: CallOptions): Promise<TaskPid[]> {
    const call = method<object, { processes: { pid: number; info: Any | null }[] }>('ListPids')
    const { processes } = await this.channel.unary(call, { containerId }, options)
    return processes.map(({ pid, info }) => {
      return info ? { pid, execId: (unpackAny(info) as { execId: string }).execId } : { pid }
    })
  }

  /** `resources` is OCI's `linux.resources`. */
  async update(containerId: string, resources: object, options?: CallOptions): Promise<void> {
    const request = { containerId, resources: ociResources(resources) }
    await this.channel.unary(method<object, object>('Update'), request, options)
  }

  /** Of one running container. Throws NOT_FOUND when it does not run. */
  async metrics(containerId: string, options?: CallOptions): Promise<Metrics> {
    const call = method<object, { metrics: { timestamp: Timestamp | null; data: Any | null }[] }>('Metrics')
    const answer = await this.channel.unary(call, { filters: [`id==${containerId}`] }, options)
    return decodeMetrics(containerId, answer.metrics[0])
  }

  /** Resolves when the process has ended; at once when it already has. */
  async wait(containerId: string, execId?: string, options?: CallOptions): Promise<Exit> {
    return exitOf(await this.channel.unary(method<object, WireExit>('Wait'), { containerId, execId }, options))
  }
}

const exitOf = (wire: WireExit): Exit => ({ exitStatus: wire.exitStatus, exitedAt: timeOf(wire.exitedAt) })

const processOf = (wire: WireProcess): TaskProcess => ({ ...wire, exitedAt: timeOf(wire.exitedAt) })
