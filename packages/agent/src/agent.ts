import { availableParallelism } from 'node:os'
import type { TLSInfo } from '@essaim/api-types'
import { EssaimError, Gate, messageOf, sleep, systemClock, type Clock, type Logger } from '@essaim/base'
import type { AssignmentChange, Dispatcher, SessionMessage } from '@essaim/protocol'
import { HeldAssignments } from './assignments/held.js'
import { ContainerEvents } from './controller/events.js'
import type { Host } from './controller/host.js'
import { describeNode } from './describe.js'
import { HostCallServer } from './hostcalls/server.js'
import { TaskFiles } from './files/task-files.js'
import { LogPublisher } from './logs/publisher.js'
import type { Runtime } from './runtime.js'
import { Backoff } from './session/backoff.js'
import { StatusReporter } from './session/reporter.js'
import { Worker, type TaskTable } from './worker.js'

export interface AgentOptions {
  dispatcher: Dispatcher
  runtime: Runtime
  nodeId: string
  /** The node's data path address. */
  address: string
  tasks: TaskTable
  /** Where secrets and configs are mounted, under the exec root. */
  filesFolder: string
  /** What the node's certificate is at the moment. */
  tls?: () => TLSInfo
  /** Told of the node as the managers see it, of the managers, and of whom to trust. */
  onSession?: (message: SessionMessage) => void
  /** Told why there is no session; undefined once there is one. */
  onTrouble?: (error: unknown) => void
  logger: Logger
  clock?: Clock
}

/** What a node has to do that was removed from the swarm. */
const nothingToDo = { type: 'complete', appliesTo: '', resultsIn: 'removed', changes: [] } as const

const isRemoval = (error: unknown): boolean => error instanceof EssaimError && error.code === 'node.removed'

/** A session that lived this long was a good one: the next failure starts with a short wait again. */
const goodSessionMs = 10_000

/** A node's side of the swarm: a session with a manager, and a worker that keeps what it is told. */
export class Agent {
  readonly #sessionsDone: Promise<void>
  #session: { id: string; renew: () => void } | undefined
  /** Counts what sessions have to tell anew. */
  #renewals = 0

  private constructor(
    private readonly options: AgentOptions,
    private readonly worker: Worker,
    private readonly reporter: StatusReporter,
    private readonly ended: AbortController,
    private readonly eventsDone: Promise<void>,
  ) {
    this.#sessionsDone = this.#sessions()
  }

  /** Goes on with the tasks that are on this node, then seeks a manager; that takes as long as it takes. */
  static async start(options: AgentOptions): Promise<Agent> {
    const { runtime, logger, nodeId, clock = systemClock } = options
    const { Hostname: hostname = '', Platform: platform = {} } = describeNode(await runtime.system.info(), undefined)
    const held = new HeldAssignments()
    const events = new ContainerEvents()
    const reporter = new StatusReporter()
    const host: Host = {
      runtime,
      node: { id: nodeId, address: options.address, hostname, platform },
      files: new TaskFiles(options.filesFolder),
      materials: held,
      events,
      starts: new Gate(2 * availableParallelism()),
      clock,
      logger,
    }
    const worker = new Worker(host, held, options.tasks, reporter, logger)
    const ended = new AbortController()
    const eventsDone = events.run(() => runtime.events.subscribe(ended.signal), ended.signal)
    await worker.restore()
    return new Agent(options, worker, reporter, ended, eventsDone)
  }

  /** Names the session in calls to the dispatcher; undefined while there is none. */
  get sessionId(): string | undefined {
    return this.#session?.id
  }

  /** Ends the session for a new one at once: the node's certificate is another. */
  renewSession(): void {
    this.#renewals++
    this.#session?.renew()
  }

  /** Ends the session. Tasks go on running. */
  async close(): Promise<void> {
    this.ended.abort()
    await this.worker.close()
    await Promise.all([this.#sessionsDone, this.eventsDone])
  }

  /** Tells the managers, ends the session and removes all tasks and networks of the cluster from this host. */
  async leave(): Promise<void> {
    await this.#farewell()
    this.ended.abort()
    this.reporter.close()
    await this.worker.leave()
    await Promise.all([this.#sessionsDone, this.eventsDone])
  }

  async #sessions(): Promise<void> {
    const { signal } = this.ended
    const { logger, clock = systemClock } = this.options
    const backoff = new Backoff({ firstMs: 100, mostMs: 8_000 })
    while (!signal.aborted) {
      const begun = clock.now()
      let reason = 'the manager ended it'
      try {
        if ((await this.#hold(signal)) === 'renew') {
          backoff.reset()
          continue
        }
      } catch (error) {
        reason = messageOf(error)
        this.options.onTrouble?.(error)
        // What it ran runs elsewhere by now.
        if (isRemoval(error)) await this.worker.apply(nothingToDo)
      }
      if (signal.aborted) return
      if (clock.now() - begun > goodSessionMs) backoff.reset()
      const delayMs = backoff.next()
      logger.warn('the session with the manager ended; a new one follows', { reason, delayMs })
      await sleep(delayMs, signal).catch(() => {})
    }
  }

  /** One session: ends when any part of it does, and takes all parts with it. */
  async #hold(outer: AbortSignal): Promise<'renew' | 'ended'> {
    const { dispatcher, runtime, nodeId, address, tls } = this.options
    const over = new AbortController()
    const signal = AbortSignal.any([outer, over.signal])
    const parts: Promise<void>[] = []
    const renewal = new AbortController()
    let fault: unknown
    const end = (error?: unknown): void => {
      fault ??= error
      over.abort()
    }
    try {
      const told = this.#renewals
      const description = describeNode(await runtime.system.info(), tls?.())
      for await (const message of dispatcher.session({ nodeId, description, address }, signal)) {
        if (parts.length === 0) {
          this.#session = {
            id: message.sessionId,
            renew: () => {
              renewal.abort()
              over.abort()
            },
          }
          // It changed while this session was being opened.
          if (told !== this.#renewals) this.#session.renew()
          this.options.onTrouble?.(undefined)
          parts.push(...this.#parts(message, signal).map((part) => part.then(() => end(), end)))
        }
        this.options.onSession?.(message)
      }
    } catch (error) {
      fault ??= error
    } finally {
      this.#session = undefined
      over.abort()
      await Promise.all(parts)
    }
    if (renewal.signal.aborted) return 'renew'
    if (fault !== undefined) throw fault
    return 'ended'
  }

  /** Managers that do not answer find out by themselves. */
  async #farewell(): Promise<void> {
    const id = this.#session?.id
    if (id === undefined) return
    try {
      await this.options.dispatcher.leave(id)
    } catch (error) {
      this.options.logger.warn('no manager was told that this node leaves', { error: messageOf(error) })
    }
  }

  #parts({ sessionId }: SessionMessage, signal: AbortSignal): Promise<void>[] {
    const { dispatcher, runtime, logger } = this.options
    this.worker.reportAll()
    const publisher = new LogPublisher(runtime, () => this.worker.tasks(), logger)
    return [
      this.#heartbeat(sessionId, signal),
      this.#assignments(sessionId, signal),
      this.reporter.run(
        (updates) => dispatcher.updateTaskStatus(sessionId, updates),
        signal,
        (taskIds) => dispatcher.withdrawn(sessionId, taskIds),
      ),
      publisher.run(dispatcher, sessionId, signal),
      new HostCallServer(runtime, logger).run(dispatcher, sessionId, signal),
    ]
  }

  async #assignments(sessionId: string, signal: AbortSignal): Promise<void> {
    for await (const message of this.options.dispatcher.assignments(sessionId, signal)) {
      // A session begins with a complete message: a new one mends what does not fit.
      if (!(await this.worker.apply(message))) throw new Error('assignments do not follow what is held')
      // Others wait for it no longer than a second: one that is lost ends no session.
      if (message.changes.some(ofNetworks)) {
        this.options.dispatcher.applied(sessionId, message.resultsIn).catch((error: unknown) => {
          this.options.logger.debug('not told that assignments are applied', { error: messageOf(error) })
        })
      }
    }
  }

  async #heartbeat(sessionId: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { periodMs } = await this.options.dispatcher.heartbeat(sessionId)
      await sleep(periodMs, signal).catch(() => {})
    }
  }
}

const ofNetworks = (change: AssignmentChange): boolean =>
  change.action === 'update' ? change.item.kind === 'network' : change.kind === 'network'
