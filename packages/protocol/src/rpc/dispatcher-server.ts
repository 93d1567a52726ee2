import type { Dispatcher, LogRecord } from '../dispatcher.js'
import type { CallPart } from '../host-calls.js'
import { PartWriter } from './assignment-parts.js'
import { serviceOf } from './definitions.js'
import { fromJson, toJson } from './json.js'
import type {
  AssignmentsPart,
  AttachRequest,
  Empty,
  LogBatch,
  SessionRef,
  StatusReport,
  WireCallPart,
  WireHello,
  WireHostCall,
  WireLogSubscription,
  WireSessionMessage,
} from './messages.js'
import type { Peer } from './peer.js'
import { Serving } from './serve.js'
import { knownPeer, type Caller, type RpcServer } from './server.js'

const nothing: Empty = {}

/** Serves each node the dispatcher that is its own. `dispatcherOf` throws when it is refused. */
export function serveDispatcher(server: RpcServer, dispatcherOf: (peer: Peer) => Dispatcher): void {
  const serving = new Serving(server)
  const own = (caller: Caller): Dispatcher => dispatcherOf(knownPeer(caller))
  server.add(serviceOf('Dispatcher'), {
    Session: serving.stream<WireHello, WireSessionMessage>(async function* (hello, caller, signal) {
      const { nodeId } = knownPeer(caller)
      const told = { nodeId, address: hello.address, description: fromJson<object>(hello.description) }
      for await (const { sessionId, node, managers, trust } of own(caller).session(told, signal)) {
        const { roots, issuer } = trust
        yield { sessionId, node: toJson(node), managers, trust: { roots: Buffer.from(roots), issuer } }
      }
    }),
    Assignments: serving.stream<SessionRef, AssignmentsPart>(async function* ({ sessionId }, caller, signal) {
      const writer = new PartWriter()
      for await (const message of own(caller).assignments(sessionId, signal)) yield* writer.parts(message)
    }),
    UpdateTaskStatus: serving.unary<StatusReport, Empty>(async ({ sessionId, updates }, caller) => {
      const told = updates.map(({ status, ...rest }) => ({ ...rest, status: fromJson<never>(status) }))
      await own(caller).updateTaskStatus(sessionId, told)
      return nothing
    }),
    Applied: serving.unary<{ sessionId: string; resultsIn: string }, Empty>(
      async ({ sessionId, resultsIn }, caller) => {
        await own(caller).applied(sessionId, resultsIn)
        return nothing
      },
    ),
    Withdrawn: serving.unary<{ sessionId: string; taskIds: string[] }, Empty>(
      async ({ sessionId, taskIds }, caller) => {
        await own(caller).withdrawn(sessionId, taskIds)
        return nothing
      },
    ),
    Heartbeat: serving.unary<SessionRef, { periodMs: number }>(({ sessionId }, caller) =>
      own(caller).heartbeat(sessionId),
    ),
    LogSubscriptions: serving.stream<SessionRef, WireLogSubscription>(async function* ({ sessionId }, caller, signal) {
      for await (const message of own(caller).logSubscriptions(sessionId, signal)) {
        const { action, subscriptionId } = message
        const [selector, options] = action === 'open' ? [message.selector, message.options] : [{}, {}]
        yield { action, subscriptionId, selector: toJson(selector), options: toJson(options) }
      }
    }),
    PublishLogs: serving.collect<LogBatch, Empty>(async (batches, caller) => {
      const iterator = batches[Symbol.asyncIterator]()
      const first = await iterator.next()
      if (first.done === true) return nothing
      const { sessionId, subscriptionId } = first.value
      const { nodeId } = knownPeer(caller)
      await own(caller).publishLogs(sessionId, subscriptionId, records(first.value, iterator, nodeId))
      return nothing
    }),
    Attach: serving.unary<AttachRequest, { address: string }>(async (request, caller) => {
      const { sessionId, networkId, containerId: id, name, aliases } = request
      return { address: await own(caller).attach(sessionId, networkId, { id, name, aliases }) }
    }),
    Detach: serving.unary<AttachRequest, Empty>(async ({ sessionId, networkId, containerId }, caller) => {
      await own(caller).detach(sessionId, networkId, containerId)
      return nothing
    }),
    KeepAttachments: serving.unary<{ sessionId: string; containerIds: string[] }, Empty>(
      async ({ sessionId, containerIds }, caller) => {
        await own(caller).keepAttachments(sessionId, containerIds)
        return nothing
      },
    ),
    HostCalls: serving.stream<SessionRef, WireHostCall>(async function* ({ sessionId }, caller, signal) {
      for await (const { callId, method, arguments: words } of own(caller).hostCalls(sessionId, signal)) {
        yield { callId, method, arguments: toJson(words) }
      }
    }),
    AnswerHostCall: serving.duplex<WireCallPart, WireCallPart>(async function* (parts, caller, signal) {
      const iterator = parts[Symbol.asyncIterator]()
      const first = await iterator.next()
      if (first.done === true) return
      const { sessionId, callId } = first.value
      const answer = callParts(first.value, iterator)
      for await (const part of own(caller).answerHostCall(sessionId, callId, answer, signal)) {
        yield { sessionId, callId, ...part }
      }
    }),
    Leave: serving.unary<SessionRef, Empty>(async ({ sessionId }, caller) => {
      await own(caller).leave(sessionId)
      return nothing
    }),
  })
}

async function* callParts(first: WireCallPart, rest: AsyncIterator<WireCallPart>): AsyncGenerator<CallPart> {
  for (let part = first; ;) {
    yield { kind: part.kind as CallPart['kind'], data: part.data }
    const next = await rest.next()
    if (next.done === true) return
    part = next.value
  }
}

/** The first message only names the subscription, or carries records as well. */
async function* records(first: LogBatch, rest: AsyncIterator<LogBatch>, nodeId: string): AsyncGenerator<LogRecord[]> {
  for (let batch = first; ;) {
    if (batch.records.length > 0)
      yield batch.records.map((record) => ({ ...record, nodeId, stream: streamOf(record.stream) }))
    const next = await rest.next()
    if (next.done === true) return
    batch = next.value
  }
}

const streamOf = (name: string): LogRecord['stream'] => (name === 'stderr' ? 'stderr' : 'stdout')
