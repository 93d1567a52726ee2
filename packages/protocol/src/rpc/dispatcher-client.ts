import { sleep, unavailable } from '@essaim/base'
import type { AssignmentsMessage } from '../assignments.js'
import type {
  AttachedContainer,
  Dispatcher,
  LogRecord,
  LogSubscriptionMessage,
  SessionHello,
  SessionMessage,
  TaskStatusUpdate,
} from '../dispatcher.js'
import type { CallPart, HostCall, HostMethod } from '../host-calls.js'
import { fromParts } from './assignment-parts.js'
import type { Connection } from './connection.js'
import { fromJson, toJson } from './json.js'
import { methods, type LogBatch, type WireCallPart } from './messages.js'

/** A manager that does not answer a new session within this time is given up for another. */
const sessionMs = 4000

/** One call of an open session. A manager that is busy with its disk may take its time. */
const callMs = 10_000

/** A heartbeat that is not answered within this time was lost with its connection. */
const heartbeatMs = 2500

/** The managers' dispatcher from another host. Each session has a connection of its own, which ends with it. */
export class RemoteDispatcher implements Dispatcher {
  #connection: Connection | undefined

  /** `connect` chooses a manager anew for each session. */
  constructor(private readonly connect: () => Promise<Connection>) {}

  async *session(hello: SessionHello, signal: AbortSignal): AsyncGenerator<SessionMessage> {
    const connection = await this.connect()
    const ends = new AbortController()
    const abort = (): void => ends.abort()
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    let answered = false
    void sleep(sessionMs, ends.signal).then(
      () => answered || abort(),
      () => {},
    )
    try {
      const wire = { address: hello.address, description: toJson(hello.description) }
      for await (const { sessionId, node, managers, trust } of connection.stream(
        methods.session(),
        wire,
        ends.signal,
      )) {
        if (!answered) this.#connection = connection
        answered = true
        const { roots = Buffer.alloc(0), issuer = '' } = trust ?? {}
        yield { sessionId, node: fromJson(node), managers, trust: { roots: roots.toString(), issuer } }
      }
      if (!answered && !signal.aborted) {
        throw unavailable('rpc.unreachable', `manager ${connection.address} does not answer`)
      }
    } finally {
      signal.removeEventListener('abort', abort)
      ends.abort()
      if (this.#connection === connection) this.#connection = undefined
      connection.close()
    }
  }

  assignments(sessionId: string, signal: AbortSignal): AsyncIterable<AssignmentsMessage> {
    return fromParts(this.#open().stream(methods.assignments(), { sessionId }, signal))
  }

  async updateTaskStatus(sessionId: string, updates: TaskStatusUpdate[]): Promise<void> {
    const wire = updates.map(({ status, ...rest }) => ({ ...rest, status: toJson(status) }))
    await this.#open().unary(methods.updateTaskStatus(), { sessionId, updates: wire }, { timeoutMs: callMs })
  }

  async applied(sessionId: string, resultsIn: string): Promise<void> {
    await this.#open().unary(methods.applied(), { sessionId, resultsIn }, { timeoutMs: callMs })
  }

  async withdrawn(sessionId: string, taskIds: string[]): Promise<void> {
    await this.#open().unary(methods.withdrawn(), { sessionId, taskIds }, { timeoutMs: callMs })
  }

  async heartbeat(sessionId: string): Promise<{ periodMs: number }> {
    return this.#open().unary(methods.heartbeat(), { sessionId }, { timeoutMs: heartbeatMs })
  }

  async *logSubscriptions(sessionId: string, signal: AbortSignal): AsyncGenerator<LogSubscriptionMessage> {
    for await (const message of this.#open().stream(methods.logSubscriptions(), { sessionId }, signal)) {
      const { action, subscriptionId, selector, options } = message
      if (action === 'open') yield { action, subscriptionId, selector: fromJson(selector), options: fromJson(options) }
      if (action === 'close') yield { action, subscriptionId }
    }
  }

  async publishLogs(sessionId: string, subscriptionId: string, records: AsyncIterable<LogRecord[]>): Promise<void> {
    await this.#open().send(methods.publishLogs(), batches(sessionId, subscriptionId, records))
  }

  async attach(sessionId: string, networkId: string, { id, name, aliases }: AttachedContainer): Promise<string> {
    const request = { sessionId, networkId, containerId: id, name, aliases }
    return (await this.#open().unary(methods.attach(), request, { timeoutMs: callMs })).address
  }

  async detach(sessionId: string, networkId: string, containerId: string): Promise<void> {
    const request = { sessionId, networkId, containerId, name: '', aliases: [] }
    await this.#open().unary(methods.detach(), request, { timeoutMs: callMs })
  }

  async keepAttachments(sessionId: string, containerIds: string[]): Promise<void> {
    await this.#open().unary(methods.keepAttachments(), { sessionId, containerIds }, { timeoutMs: callMs })
  }

  async *hostCalls(sessionId: string, signal: AbortSignal): AsyncGenerator<HostCall> {
    for await (const wire of this.#open().stream(methods.hostCalls(), { sessionId }, signal)) {
      const { callId, method, arguments: words } = wire
      yield { callId, method: method as HostMethod, arguments: fromJson(words) }
    }
  }

  async *answerHostCall(
    sessionId: string,
    callId: string,
    answer: AsyncIterable<CallPart>,
    signal: AbortSignal,
  ): AsyncGenerator<CallPart> {
    const parts = this.#open().converse(methods.answerHostCall(), wireParts(sessionId, callId, answer), signal)
    for await (const { kind, data } of parts) yield { kind: kind as CallPart['kind'], data }
  }

  async leave(sessionId: string): Promise<void> {
    await this.#open().unary(methods.leave(), { sessionId }, { timeoutMs: callMs })
  }

  #open(): Connection {
    if (this.#connection) return this.#connection
    throw unavailable('rpc.no-session', 'there is no session with a manager')
  }
}

async function* wireParts(
  sessionId: string,
  callId: string,
  parts: AsyncIterable<CallPart>,
): AsyncGenerator<WireCallPart> {
  for await (const { kind, data } of parts) yield { sessionId, callId, kind, data }
}

async function* batches(
  sessionId: string,
  subscriptionId: string,
  records: AsyncIterable<LogRecord[]>,
): AsyncGenerator<LogBatch> {
  yield { sessionId, subscriptionId, records: [] }
  for await (const batch of records) {
    // Whose they are is known by the certificate; what the message does not define is not sent.
    const wire = batch.map((record) => ({ ...record, attributes: record.attributes ?? {} }))
    yield { sessionId, subscriptionId, records: wire }
  }
}
