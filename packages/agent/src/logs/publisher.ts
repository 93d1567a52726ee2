import type { LogsOptions, Task } from '@essaim/api-types'
import { AsyncQueue, isKind, messageOf, type Logger } from '@essaim/base'
import type { Dispatcher, LogRecord, LogSelector } from '@essaim/protocol'
import { taskName } from '../container/names.js'
import type { Runtime } from '../runtime.js'

/** Records that are gathered before they are sent on. */
const batchSize = 256

/** How often a subscription that follows looks for tasks that have come since. */
const lookAgainMs = 500

/** Sends the logs of this node's tasks to those who asked the managers for them. */
export class LogPublisher {
  readonly #open = new Map<string, AbortController>()

  constructor(
    private readonly runtime: Pick<Runtime, 'containers'>,
    private readonly tasks: () => Task[],
    private readonly logger: Logger,
  ) {}

  /** Serves subscriptions until the session ends. */
  async run(dispatcher: Dispatcher, sessionId: string, signal: AbortSignal): Promise<void> {
    try {
      for await (const message of dispatcher.logSubscriptions(sessionId, signal)) {
        this.#open.get(message.subscriptionId)?.abort()
        if (message.action === 'close') continue
        const { subscriptionId, selector, options } = message
        const own = new AbortController()
        this.#open.set(subscriptionId, own)
        const ends = AbortSignal.any([own.signal, signal])
        void dispatcher
          .publishLogs(sessionId, subscriptionId, this.#records(selector, options, ends))
          .catch((error: unknown) => {
            if (!ends.aborted)
              this.logger.warn('logs not sent', { subscription: subscriptionId, error: messageOf(error) })
          })
          .finally(() => {
            own.abort()
            if (this.#open.get(subscriptionId) === own) this.#open.delete(subscriptionId)
          })
      }
    } finally {
      for (const own of this.#open.values()) own.abort()
    }
  }

  async *#records(selector: LogSelector, options: LogsOptions, signal: AbortSignal): AsyncGenerator<LogRecord[]> {
    const queue = new AsyncQueue<LogRecord>()
    const seen = new Set<string>()
    let reading = 0
    const read = (task: Task): void => {
      seen.add(task.ID)
      reading++
      void this.#read(task, options, signal, queue)
        .catch((error: unknown) => {
          if (!signal.aborted) this.logger.warn('task logs not read', { task: task.ID, error: messageOf(error) })
        })
        .finally(() => {
          reading--
          if (reading === 0 && !options.follow) queue.close()
        })
    }
    const look = (): void =>
      this.tasks()
        .filter((task) => !seen.has(task.ID) && selects(selector, task))
        .forEach(read)
    look()
    if (reading === 0 && !options.follow) queue.close()
    const timer = options.follow ? setInterval(look, lookAgainMs) : undefined
    const close = (): void => queue.close()
    signal.addEventListener('abort', close, { once: true })
    try {
      let batch: LogRecord[] = []
      for await (const record of queue) {
        batch.push(record)
        if (batch.length < batchSize && queue.size > 0) continue
        yield batch
        batch = []
      }
    } finally {
      clearInterval(timer)
      signal.removeEventListener('abort', close)
    }
  }

  async #read(task: Task, options: LogsOptions, signal: AbortSignal, queue: AsyncQueue<LogRecord>): Promise<void> {
    const stream = await this.#logsOf(task, options, signal)
    if (!stream) return
    for await (const { stream: name, time, data, attributes } of stream.entries) {
      queue.push({
        taskId: task.ID,
        serviceId: task.ServiceID ?? '',
        nodeId: task.NodeID ?? '',
        stream: name,
        time,
        data,
        ...(attributes !== undefined && { attributes }),
      })
    }
  }

  /** A task that has no container yet, or none any more, has no logs. */
  async #logsOf(
    task: Task,
    options: LogsOptions,
    signal: AbortSignal,
  ): Promise<Awaited<ReturnType<Runtime['containers']['logs']>> | undefined> {
    try {
      return await this.runtime.containers.logs(taskName(task), options, signal)
    } catch (error) {
      if (isKind(error, 'not-found')) return undefined
      throw error
    }
  }
}

function selects({ serviceIds, taskIds }: LogSelector, task: Task): boolean {
  return serviceIds.includes(task.ServiceID ?? '') || taskIds.includes(task.ID)
}
