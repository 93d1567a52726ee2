import { AsyncQueue, internal, notFound, type Ids } from '@essaim/base'
import type { LogEntry, LogsOptions, LogStream, Task } from '@essaim/api-types'
import type { LogRecord, LogSelector, LogSubscriptionMessage } from '@essaim/protocol'
import type { Store, View } from '../store/index.js'
import { Channel } from './channel.js'

export type LogTarget = { serviceId: string } | { taskId: string }

interface Subscription {
  selector: LogSelector
  options: LogsOptions
  channel: Channel<LogEntry>
  /** Nodes that have not sent all that they have. */
  pending: Set<string>
  failures: string[]
  /** The time of the last line that each node has sent: one that comes back goes on from there. */
  last: Map<string, string>
}

/** How many messages an agent may leave untaken before it has to come again. */
const slack = 1000

/** Brings the logs of tasks from the nodes where they are to whoever asks for them. */
export class LogBroker {
  readonly #subscriptions = new Map<string, Subscription>()
  readonly #agents = new Map<string, AsyncQueue<LogSubscriptionMessage>>()

  constructor(
    private readonly store: Store,
    private readonly ids: Ids,
  ) {}

  /**
   * Without `follow` the stream ends when every node has sent what it has, and throws then when one did not answer;
   * with it the stream lasts as long as `signal`.
   */
  logs(target: LogTarget, options: LogsOptions, signal: AbortSignal): Promise<LogStream> {
    const view = this.store.view()
    const tasks = tasksOf(view, target)
    const nodes = new Set(tasks.flatMap(({ NodeID }) => NodeID ?? []))
    const id = this.ids.swarm()
    const abort = (): void => channel.end()
    const channel = new Channel<LogEntry>(() => {
      signal.removeEventListener('abort', abort)
      this.#close(id)
    })
    const subscription: Subscription = {
      selector: {
        serviceIds: 'serviceId' in target ? [target.serviceId] : [],
        taskIds: 'taskId' in target ? [target.taskId] : [],
      },
      options,
      channel,
      pending: nodes,
      failures: [],
      last: new Map(),
    }
    this.#subscriptions.set(id, subscription)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    else this.#open(id, subscription)
    return Promise.resolve({ tty: isTty(view, target, tasks), entries: channel })
  }

  /** The subscriptions that concern a node, those that are open first. Its last reader is closed. */
  subscriptions(nodeId: string, signal: AbortSignal): AsyncIterable<LogSubscriptionMessage> {
    this.#agents.get(nodeId)?.close()
    const abort = (): void => queue.close()
    const queue = new AsyncQueue<LogSubscriptionMessage>(slack, () => {
      signal.removeEventListener('abort', abort)
      if (this.#agents.get(nodeId) !== queue) return
      this.#agents.delete(nodeId)
      this.#lost(nodeId)
    })
    this.#agents.set(nodeId, queue)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) queue.close()
    for (const [subscriptionId, { selector, options, last }] of this.#subscriptions) {
      const sent = last.get(nodeId)
      const rest = sent === undefined ? options : after(options, sent)
      if (options.follow) queue.push({ action: 'open', subscriptionId, selector, options: rest })
    }
    return queue
  }

  /** Takes what a node sends; resolves when that was all, rejects when nobody listens any longer. */
  async publish(nodeId: string, subscriptionId: string, records: AsyncIterable<LogRecord[]>): Promise<void> {
    const subscription = this.#subscriptions.get(subscriptionId)
    if (subscription === undefined) throw notFound('logs.subscription', 'nobody listens any longer')
    try {
      for await (const batch of records) {
        await subscription.channel.write(batch.map(entry))
        const time = batch.at(-1)?.time
        if (time !== undefined) subscription.last.set(nodeId, time)
      }
    } catch (error) {
      this.#fail(nodeId, subscription)
      throw error
    } finally {
      this.#answered(nodeId, subscription)
    }
  }

  #open(subscriptionId: string, subscription: Subscription): void {
    const { selector, options, pending } = subscription
    const addressees = options.follow ? new Set([...this.#agents.keys(), ...pending]) : [...pending]
    for (const nodeId of addressees) {
      const sent = this.#agents.get(nodeId)?.push({ action: 'open', subscriptionId, selector, options }) ?? false
      if (sent) continue
      subscription.failures.push(`${this.#nameOf(nodeId)} is not available`)
      pending.delete(nodeId)
    }
    this.#endIfComplete(subscription)
  }

  /** Swarmkit names a node by its id alone. */
  #nameOf(nodeId: string): string {
    const name = this.store.view().get('node', nodeId)?.Description.Hostname
    return name === undefined ? `node ${nodeId}` : `node ${nodeId} (${name})`
  }

  /** A node that went before it had answered will not: what others have is all there is. */
  #lost(nodeId: string): void {
    for (const subscription of this.#subscriptions.values()) {
      if (subscription.options.follow) continue
      this.#fail(nodeId, subscription)
      this.#answered(nodeId, subscription)
    }
  }

  #fail(nodeId: string, { pending, failures }: Subscription): void {
    if (pending.delete(nodeId)) failures.push(`${this.#nameOf(nodeId)} disconnected unexpectedly`)
  }

  #answered(nodeId: string, subscription: Subscription): void {
    subscription.pending.delete(nodeId)
    this.#endIfComplete(subscription)
  }

  #endIfComplete({ options, pending, failures, channel }: Subscription): void {
    if (options.follow || pending.size > 0) return
    channel.end(failures.length === 0 ? undefined : incomplete(failures))
  }

  #close(subscriptionId: string): void {
    if (!this.#subscriptions.delete(subscriptionId)) return
    for (const queue of this.#agents.values()) queue.push({ action: 'close', subscriptionId })
  }
}

function tasksOf(view: View, target: LogTarget): readonly Task[] {
  if ('serviceId' in target) return view.find('task', 'service', target.serviceId)
  const task = view.get('task', target.taskId)
  return task === undefined ? [] : [task]
}

function isTty(view: View, target: LogTarget, tasks: readonly Task[]): boolean {
  const template = 'serviceId' in target ? view.get('service', target.serviceId)?.Spec.TaskTemplate : tasks[0]?.Spec
  return template?.ContainerSpec?.TTY ?? false
}

function entry({ nodeId, serviceId, taskId, attributes, ...line }: LogRecord): LogEntry {
  return {
    ...line,
    attributes: {
      ...attributes,
      'com.docker.swarm.node.id': nodeId,
      'com.docker.swarm.service.id': serviceId,
      'com.docker.swarm.task.id': taskId,
    },
  }
}

/** The rest of what was asked for, once all up to `time` was sent. */
function after(options: LogsOptions, time: string): LogsOptions {
  const rest = { ...options, since: justAfter(time) }
  delete rest.tail
  return rest
}

/** A nanosecond later, of a time in RFC 3339. */
function justAfter(time: string): string {
  const [, seconds = '', fraction = ''] = /^([^.]*?)(?:\.(\d+))?Z$/.exec(time) ?? []
  const nanoseconds = Number(fraction.padEnd(9, '0')) + 1
  return seconds === '' || nanoseconds > 999_999_999 ? time : `${seconds}.${String(nanoseconds).padStart(9, '0')}Z`
}

const incomplete = (failures: string[]): Error =>
  internal(
    'logs.incomplete',
    `warning: incomplete log stream. some logs could not be retrieved for the following reasons: ${failures.join(', ')}`,
  )
