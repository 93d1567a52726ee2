import type { LogEntry, LogStream } from '@essaim/api-types'
import type { CallOptions, Connection } from './connection.js'
import { serviceOf } from './definitions.js'
import { fromJson, toJson } from './json.js'
import {
  methods,
  type Empty,
  type WireEnter,
  type WireEntered,
  type WireLogLine,
  type WireOperation,
} from './messages.js'
import type { Peer } from './peer.js'
import { Serving } from './serve.js'
import { knownPeer, type RpcServer } from './server.js'

/** An operation on the cluster's objects, with its arguments as they are called in process. */
export interface Operation {
  noun: string
  name: string
  args: unknown[]
}

export interface EnterRequest {
  /** `ip:port` where other nodes reach this manager. */
  address: string
  /** Where other members reach its etcd. */
  peerURL: string
}

export interface Entered {
  /** By which the stored values are sealed. */
  storeKey: Buffer
  /** All members of etcd, the new one too, as `name=url`. */
  cluster: string[]
}

/** What managers ask of each other. All but `yieldTo` throw `NotLeader` where another one leads. */
export interface Managing {
  operate(operation: Operation): Promise<unknown>
  logs(operation: Operation, signal: AbortSignal): Promise<LogStream>
  enter(peer: Peer, request: EnterRequest): Promise<Entered>
  depart(peer: Peer): Promise<void>
  /** Has this member of etcd lead etcd instead of the one here. */
  yieldTo(memberId: string): Promise<void>
}

const nothing: Empty = {}

/** Serves managers, known by their certificates. `check` throws when one is none any more. */
export function serveManagers(server: RpcServer, managing: Managing, check: (peer: Peer) => void): void {
  const serving = new Serving(server)
  const operationOf = ({ noun, name, arguments: args }: WireOperation): Operation => ({
    noun,
    name,
    args: fromJson(args),
  })
  const manager = (caller: Parameters<typeof knownPeer>[0]): Peer => {
    const peer = knownPeer(caller)
    check(peer)
    return peer
  }
  server.add(serviceOf('Managers'), {
    Operate: serving.unary<WireOperation, { result: Buffer }>(async (wire, caller) => {
      manager(caller)
      const result = await managing.operate(operationOf(wire))
      return { result: result === undefined ? Buffer.alloc(0) : toJson(result) }
    }),
    Logs: serving.stream<WireOperation, WireLogLine>(async function* (wire, caller, signal) {
      manager(caller)
      const { tty, entries } = await managing.logs(operationOf(wire), signal)
      yield { tty, stream: '', time: '', data: Buffer.alloc(0), attributes: {} }
      for await (const entry of entries) yield { tty, ...entry, attributes: entry.attributes ?? {} }
    }),
    Enter: serving.unary<WireEnter, WireEntered>((wire, caller) => managing.enter(manager(caller), wire)),
    Depart: serving.unary<Empty, Empty>(async (_, caller) => {
      await managing.depart(manager(caller))
      return nothing
    }),
    Yield: serving.unary<{ memberId: string }, Empty>(async ({ memberId }, caller) => {
      if (knownPeer(caller).role === 'manager') await managing.yieldTo(memberId)
      return nothing
    }),
    Sign: serving.unary<Empty, Empty>(() => Promise.resolve(nothing)),
  })
}

/** How long an operation may take: some wait for etcd. */
const operationMs = 30_000

/** Another manager, asked from here. */
export class RemoteManager {
  constructor(private readonly connection: Connection) {}

  async operate({ noun, name, args }: Operation, signal: AbortSignal): Promise<unknown> {
    const request = { noun, name, arguments: toJson(args) }
    const { result } = await this.connection.unary(methods.operate(), request, { timeoutMs: operationMs, signal })
    return result.length === 0 ? undefined : fromJson<unknown>(result)
  }

  async logs({ noun, name, args }: Operation, signal: AbortSignal): Promise<LogStream> {
    const lines = this.connection.stream(methods.logs(), { noun, name, arguments: toJson(args) }, signal)
    const first = await lines.next()
    return { tty: first.value?.tty ?? false, entries: entriesOf(lines) }
  }

  enter(request: EnterRequest): Promise<Entered> {
    return this.connection.unary(methods.enter(), request, { timeoutMs: operationMs })
  }

  async depart(options: CallOptions): Promise<void> {
    await this.connection.unary(methods.depart(), nothing, options)
  }

  async yieldTo(memberId: string, options: CallOptions): Promise<void> {
    await this.connection.unary(methods.yieldTo(), { memberId }, options)
  }

  async sign(options: CallOptions): Promise<void> {
    await this.connection.unary(methods.sign(), nothing, options)
  }

  close(): void {
    this.connection.close()
  }
}

async function* entriesOf(lines: AsyncIterable<WireLogLine>): AsyncGenerator<LogEntry> {
  for await (const { stream, time, data, attributes } of lines) {
    yield { stream: stream === 'stderr' ? 'stderr' : 'stdout', time, data, attributes }
  }
}
