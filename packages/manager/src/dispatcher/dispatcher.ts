import { forbidden, notFound, unavailable, type Clock, type Ids, type Logger } from '@essaim/base'
import { isTerminal, type Cluster, type Node } from '@essaim/api-types'
import type {
  AssignmentsMessage,
  AttachedContainer,
  CallPart,
  Dispatcher,
  HostCall,
  LogRecord,
  LogSubscriptionMessage,
  ManagerAddress,
  SessionHello,
  SessionMessage,
  TaskStatusUpdate,
} from '@essaim/protocol'
import { checkMember, trustOf } from '../ca/index.js'
import type { Networks } from '../controlapi/networks/networks.js'
import type { HostCalls } from '../hostcalls/index.js'
import type { LogBroker } from '../logbroker/index.js'
import type { Change, Store, View } from '../store/index.js'
import { Assignments, sameForAgent } from './assignments.js'
import { NetworkStates } from './network-states.js'
import { beatPeriod, Nodes, silencePeriod } from './nodes.js'
import { Session } from './session.js'
import { applyStatus } from './status.js'
import { Withdrawals } from './withdrawals.js'

/**
 * The managers' side of what agents are told and report. Changes that are published together are told together; what
 * changes while an agent takes a message makes the next one.
 */
export class ManagerDispatcher implements Dispatcher {
  readonly #sessions = new Map<string, Session>()
  readonly #byNode = new Map<string, Session>()
  readonly #states: NetworkStates
  readonly #nodes: Nodes
  readonly #withdrawals: Withdrawals
  readonly #closing = new AbortController()
  readonly #watching: Promise<void>

  constructor(
    private readonly store: Store,
    private readonly broker: LogBroker,
    private readonly clock: Clock,
    private readonly ids: Ids,
    private readonly logger: Logger,
    private readonly calls: HostCalls,
    private readonly networks: Pick<Networks, 'allocate' | 'release' | 'keep'>,
  ) {
    this.#states = new NetworkStates(store.view())
    this.#nodes = new Nodes(store, clock, logger)
    this.#withdrawals = new Withdrawals(clock)
    this.#watching = this.#watch()
    this.#nodes.expect((nodeId) => !this.#byNode.has(nodeId))
  }

  /** The dispatcher of one node: sessions of others are not there for it. Throws when the node is not of the cluster. */
  of(nodeId: string): Dispatcher {
    checkMember(this.store.view(), nodeId)
    const own = (sessionId: string): string => {
      if (this.#session(sessionId).nodeId === nodeId) return sessionId
      throw forbidden('dispatcher.session', `the session ${sessionId} is not of node ${nodeId}`)
    }
    return {
      session: (hello, signal) => this.session({ ...hello, nodeId }, signal),
      assignments: (id, signal) => this.assignments(own(id), signal),
      updateTaskStatus: async (id, updates) => this.updateTaskStatus(own(id), updates),
      applied: async (id, resultsIn) => this.applied(own(id), resultsIn),
      withdrawn: async (id, tasks) => this.withdrawn(own(id), tasks),
      heartbeat: async (id) => this.heartbeat(own(id)),
      logSubscriptions: (id, signal) => this.logSubscriptions(own(id), signal),
      publishLogs: async (id, subscription, records) => this.publishLogs(own(id), subscription, records),
      attach: async (id, network, container) => this.attach(own(id), network, container),
      detach: async (id, network, container) => this.detach(own(id), network, container),
      keepAttachments: async (id, containers) => this.keepAttachments(own(id), containers),
      hostCalls: (id, signal) => this.hostCalls(own(id), signal),
      answerHostCall: (id, call, answer, signal) => this.answerHostCall(own(id), call, answer, signal),
      leave: async (id) => this.leave(own(id)),
    }
  }

  async *session(hello: SessionHello, signal: AbortSignal): AsyncGenerator<SessionMessage> {
    if (this.#closing.signal.aborted) throw unavailable('dispatcher.closed', 'the manager is closing')
    const node = await this.#nodes.register(hello)
    this.#byNode.get(hello.nodeId)?.end()
    const session = new Session(this.ids.swarm(), hello.nodeId)
    const abort = (): void => session.end()
    signal.addEventListener('abort', abort, { once: true })
    this.#sessions.set(session.id, session)
    this.#byNode.set(hello.nodeId, session)
    this.#renew(session)
    this.logger.debug('agent connected', { node: hello.nodeId, session: session.id })
    try {
      if (signal.aborted) return
      yield this.#message(session.id, node)
      yield* session.messages
    } finally {
      signal.removeEventListener('abort', abort)
      this.#forget(session)
    }
  }

  async *assignments(sessionId: string, signal: AbortSignal): AsyncGenerator<AssignmentsMessage> {
    const session = this.#session(sessionId)
    const assignments = new Assignments(session.nodeId, this.store.view(), this.#states)
    const abort = (): void => session.news.raise()
    signal.addEventListener('abort', abort, { once: true })
    try {
      while (!signal.aborted && !session.signal.aborted) {
        const message = assignments.next()
        if (message === undefined) {
          await session.news.wait()
          continue
        }
        session.told.sent(message)
        yield message
      }
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  async updateTaskStatus(sessionId: string, updates: TaskStatusUpdate[]): Promise<void> {
    const { nodeId } = this.#session(sessionId)
    await this.store.update(author(nodeId), 'task status', (tx) => applyStatus(tx, nodeId, updates))
  }

  async applied(sessionId: string, resultsIn: string): Promise<void> {
    const session = this.#session(sessionId)
    session.told.applied(resultsIn)
    this.#withdrawals.moved(session)
  }

  /** The node of the tasks has seen to itself. */
  async withdrawn(sessionId: string, taskIds: string[]): Promise<void> {
    const own = this.#session(sessionId)
    const others = [...this.#sessions.values()].filter((session) => session !== own)
    await this.#withdrawals.until(taskIds, others)
  }

  heartbeat(sessionId: string): Promise<{ periodMs: number }> {
    try {
      return Promise.resolve({ periodMs: this.#renew(this.#session(sessionId)) })
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  logSubscriptions(sessionId: string, signal: AbortSignal): AsyncIterable<LogSubscriptionMessage> {
    const session = this.#session(sessionId)
    return this.broker.subscriptions(session.nodeId, AbortSignal.any([signal, session.signal]))
  }

  async publishLogs(sessionId: string, subscriptionId: string, records: AsyncIterable<LogRecord[]>): Promise<void> {
    await this.broker.publish(this.#session(sessionId).nodeId, subscriptionId, records)
  }

  attach(sessionId: string, networkId: string, { id: containerId, name, aliases }: AttachedContainer): Promise<string> {
    const { nodeId } = this.#session(sessionId)
    return this.networks.allocate(networkId, { nodeId, containerId, name, aliases }, author(nodeId))
  }

  detach(sessionId: string, networkId: string, containerId: string): Promise<void> {
    return this.networks.release(networkId, containerId, author(this.#session(sessionId).nodeId))
  }

  keepAttachments(sessionId: string, containerIds: string[]): Promise<void> {
    const { nodeId } = this.#session(sessionId)
    return this.networks.keep(nodeId, containerIds, author(nodeId))
  }

  hostCalls(sessionId: string, signal: AbortSignal): AsyncIterable<HostCall> {
    const session = this.#session(sessionId)
    return this.calls.of(session.nodeId, AbortSignal.any([signal, session.signal]))
  }

  answerHostCall(
    sessionId: string,
    callId: string,
    answer: AsyncIterable<CallPart>,
    signal: AbortSignal,
  ): AsyncIterable<CallPart> {
    const session = this.#session(sessionId)
    return this.calls.answer(session.nodeId, callId, answer, AbortSignal.any([signal, session.signal]))
  }

  async leave(sessionId: string): Promise<void> {
    const session = this.#session(sessionId)
    this.#forget(session)
    await this.#nodes.markDown(session.nodeId, 'node left the swarm')
  }

  /** Ends every session. The nodes are not marked down: their tasks go on. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#nodes.close()
    this.#withdrawals.close()
    for (const session of this.#sessions.values()) session.end()
    await this.#watching
  }

  #message(sessionId: string, node: Node): SessionMessage {
    const view = this.store.view()
    return { sessionId, node, managers: managersOf(view), trust: trustOf(view) }
  }

  /** Tells the node of itself, of the managers and of whom to trust. */
  #inform(session: Session): void {
    const node = this.store.view().get('node', session.nodeId)
    if (node) session.messages.push(this.#message(session.id, node))
  }

  #session(id: string): Session {
    const session = this.#sessions.get(id)
    if (session === undefined) throw notFound('dispatcher.session', `the session ${id} is not open`)
    return session
  }

  #forget(session: Session): void {
    session.end()
    this.#withdrawals.moved(session)
    this.#sessions.delete(session.id)
    if (this.#byNode.get(session.nodeId) === session) this.#byNode.delete(session.nodeId)
  }

  /** Answers within how many milliseconds the agent has to come again. */
  #renew(session: Session): number {
    const view = this.store.view()
    session.renew(
      this.clock.after(silencePeriod(view), () => {
        this.#forget(session)
        void this.#nodes.markDown(session.nodeId, 'heartbeat failure')
      }),
    )
    return beatPeriod(view)
  }

  /** A watch that fell behind starts again: what is to be told follows from the state alone. */
  async #watch(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      const { changes } = this.store.watch(this.#closing.signal)
      this.#states.reset()
      for (const session of this.#sessions.values()) session.news.raise()
      try {
        for await (const batch of changes) this.#tell(batch.changes)
        return
      } catch (error) {
        this.logger.warn('the dispatcher starts its watch again', { error: String(error) })
      }
    }
  }

  #tell(changes: readonly Change[]): void {
    let everywhere = false
    let isForAll = false
    const nodes = new Set<string>()
    for (const change of changes) {
      everywhere = this.#states.mark(change) || change.table === 'network' || everywhere
      if (change.table === 'task' && concernsAgent(change)) nodes.add(change.object.NodeID ?? '')
      if (change.table === 'node' && change.action !== 'create') {
        const session = this.#byNode.get(change.object.ID)
        if (change.action === 'remove') session?.end()
        else if (session) this.#inform(session)
        if (change.object.ManagerStatus || (change.action === 'update' && change.before.ManagerStatus)) isForAll = true
      }
      if (change.table === 'cluster' && trustChanged(change)) isForAll = true
      // Who is silent just now is given the longer time as well; a shorter one counts when its agent has heard of it.
      if (change.table === 'cluster' && mayBeSilentLonger(change)) {
        for (const session of this.#sessions.values()) this.#renew(session)
      }
    }
    for (const session of this.#sessions.values()) {
      if (isForAll) this.#inform(session)
      if (everywhere || nodes.has(session.nodeId)) session.news.raise()
    }
  }
}

const author = (nodeId: string): { name: string } => ({ name: `node:${nodeId}` })

function managersOf(view: View): ManagerAddress[] {
  const managers = [...view.all('node')].filter(({ ManagerStatus }) => (ManagerStatus?.Addr ?? '') !== '')
  return managers.map(({ ID, ManagerStatus }) => ({ nodeId: ID, address: ManagerStatus?.Addr ?? '' }))
}

function trustChanged(change: Extract<Change, { table: 'cluster' }>): boolean {
  if (change.action !== 'update') return true
  const { before, object } = change
  return before.Internal.RootCA !== object.Internal.RootCA || before.Internal.Rotation !== object.Internal.Rotation
}

function mayBeSilentLonger(change: Extract<Change, { table: 'cluster' }>): boolean {
  if (change.action !== 'update') return false
  const period = ({ Spec }: Cluster): number => Spec.Dispatcher?.HeartbeatPeriod ?? 0
  return period(change.object) > period(change.before)
}

/** Beside what is sent of the task itself: it is assigned now, or ended and needs its secrets and networks no more. */
function concernsAgent(change: Extract<Change, { table: 'task' }>): boolean {
  if (change.action !== 'update') return true
  const { before, object } = change
  return (
    !sameForAgent(before, object) ||
    before.NodeID !== object.NodeID ||
    isTerminal(before.Status.State) !== isTerminal(object.Status.State)
  )
}
