import { unpackAny, type Any } from './any.js'
import type { CallOptions, Channel } from './channel.js'
import { methodOf } from './protocol.js'
import { timeOf, type Timestamp } from './time.js'

export interface TaskExit {
  containerId: string
  /** The exec's id, or the container's for its first process. */
  id: string
  pid: number
  exitStatus: number
  exitedAt: string
}

/** What happened to a task, by containerd's topic. */
export type TaskEvent =
  | { topic: '/tasks/create'; time: string; event: { containerId: string; pid: number } }
  | { topic: '/tasks/start'; time: string; event: { containerId: string; pid: number } }
  | { topic: '/tasks/exit'; time: string; event: TaskExit }
  | { topic: '/tasks/delete'; time: string; event: TaskExit }
  | { topic: '/tasks/oom'; time: string; event: { containerId: string } }
  | { topic: '/tasks/exec-added'; time: string; event: { containerId: string; execId: string } }
  | { topic: '/tasks/exec-started'; time: string; event: { containerId: string; execId: string; pid: number } }
  | { topic: '/tasks/paused'; time: string; event: { containerId: string } }
  | { topic: '/tasks/resumed'; time: string; event: { containerId: string } }

const topics = new Set<string>(
  ['create', 'start', 'exit', 'delete', 'oom', 'exec-added', 'exec-started', 'paused', 'resumed'].map(
    (name) => `/tasks/${name}`,
  ),
)

interface Envelope {
  timestamp: Timestamp | null
  namespace: string
  topic: string
  event: Any
}

export class EventsService {
  constructor(private readonly channel: Channel) {}

  /**
   * Task events of this namespace, for as long as containerd and the signal live; throws UNAVAILABLE when containerd
   * dies. Nothing says when the subscription stands: list after subscribing.
   */
  async *tasks(options?: CallOptions): AsyncGenerator<TaskEvent> {
    const subscribe = methodOf<object, Envelope>('containerd.services.events.v1.Events', 'Subscribe')
    const filters = [`namespace==${this.channel.namespace},topic~="^/tasks/"`]
    for await (const { topic, timestamp, event } of this.channel.stream(subscribe, { filters }, options)) {
      if (!topics.has(topic)) continue
      yield { topic, time: timeOf(timestamp), event: withTime(unpackAny(event)) } as TaskEvent
    }
  }
}

function withTime(event: unknown): unknown {
  const wire = event as { exitedAt?: Timestamp | null }
  return wire.exitedAt === undefined ? wire : { ...wire, exitedAt: timeOf(wire.exitedAt) }
}
