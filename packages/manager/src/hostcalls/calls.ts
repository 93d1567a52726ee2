import type { Writable } from 'node:stream'
import { AsyncQueue, notFound, unavailable, type Clock, type Ids } from '@essaim/base'
import type { StreamChunk, Task } from '@essaim/api-types'
import type { CallPart, HostCall, HostMethod } from '@essaim/protocol'
import type { Store } from '../store/index.js'
import { Conversation } from './conversation.js'

/** A node that is in session and does not take a call within this time is stuck; how long the answer takes is its affair. */
const answerMs = 10_000

/** How many calls may wait for a node that takes none. */
const slack = 1000

export interface RemoteAnswer {
  result: unknown
  output: AsyncIterable<StreamChunk>
  stdin: Writable
}

/** Carries what is asked of a container to the node where it is, over that node's session. */
export class HostCalls {
  readonly #agents = new Map<string, AsyncQueue<HostCall>>()
  readonly #open = new Map<string, { nodeId: string; conversation: Conversation; taken: () => void }>()

  constructor(
    private readonly store: Store,
    private readonly ids: Ids,
    private readonly clock: Clock,
  ) {}

  /** The task whose container has this id (or the beginning of it, if no other has) or name, or that has this id itself. */
  find(ref: string): Task | undefined {
    if (ref === '') return undefined
    const whole = this.store.view().get('task', ref)
    if (whole) return whole
    const begun: Task[] = []
    for (const task of this.store.view().all('task')) {
      const id = task.Status.ContainerStatus?.ContainerID ?? ''
      if (id === ref || nameOf(task) === ref) return task
      if (id.startsWith(ref)) begun.push(task)
    }
    return begun.length === 1 ? begun[0] : undefined
  }

  /** Rejects with what the node refuses, or with the reason why it cannot be asked. */
  async call(nodeId: string, method: HostMethod, words: unknown[], signal: AbortSignal): Promise<RemoteAnswer> {
    const callId = this.ids.swarm()
    const conversation = new Conversation()
    const abort = (): void => conversation.end()
    const taken = this.clock.after(answerMs, () => conversation.fail(this.#absent(nodeId, 'it does not answer')))
    this.#open.set(callId, { nodeId, conversation, taken })
    signal.addEventListener('abort', abort, { once: true })
    conversation.signal.addEventListener('abort', () => {
      signal.removeEventListener('abort', abort)
      taken()
      this.#open.delete(callId)
    })
    if (signal.aborted) abort()
    else if (this.#agents.get(nodeId)?.push({ callId, method, arguments: words }) !== true) {
      conversation.fail(this.#absent(nodeId, 'it has no session with this manager'))
    }
    const result = await conversation.result
    return { result, output: conversation.output(), stdin: conversation.stdin() }
  }

  /** A call whose answer is its result. */
  async ask<T>(nodeId: string, method: HostMethod, words: unknown[]): Promise<T> {
    const ends = new AbortController()
    try {
      return (await this.call(nodeId, method, words, ends.signal)).result as T
    } finally {
      ends.abort()
    }
  }

  /** What is asked of a node, from now on; its last reader is closed. */
  of(nodeId: string, signal: AbortSignal): AsyncIterable<HostCall> {
    this.#agents.get(nodeId)?.close()
    const abort = (): void => queue.close()
    const queue = new AsyncQueue<HostCall>(slack, () => {
      signal.removeEventListener('abort', abort)
      if (this.#agents.get(nodeId) === queue) this.#agents.delete(nodeId)
    })
    this.#agents.set(nodeId, queue)
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) queue.close()
    return queue
  }

  /** A node answers; what the caller sends goes back. */
  async *answer(
    nodeId: string,
    callId: string,
    parts: AsyncIterable<CallPart>,
    signal: AbortSignal,
  ): AsyncGenerator<CallPart> {
    const call = this.#open.get(callId)
    if (call?.nodeId !== nodeId) throw notFound('host.call', 'nobody waits for this answer any longer')
    const { conversation } = call
    call.taken()
    const gone = (): void => conversation.fail(this.#absent(nodeId, 'its session ended'))
    signal.addEventListener('abort', gone, { once: true })
    const taking = conversation.take(parts).catch((error: unknown) => conversation.fail(error))
    try {
      for await (const { part, taken } of conversation.input) {
        yield part
        taken()
      }
      await taking
    } finally {
      signal.removeEventListener('abort', gone)
      conversation.end()
    }
  }

  #absent(nodeId: string, reason: string): Error {
    const node = this.store.view().get('node', nodeId)
    const name = node?.Description.Hostname ?? nodeId
    const state = node?.Status.State === 'down' ? 'it is down' : reason
    return unavailable('host.absent', `node ${name} (${nodeId}) cannot be asked: ${state}`)
  }
}

/** As the agent names a task's container. */
const nameOf = (task: Task): string =>
  task.ServiceID === undefined ? '' : `${task.Internal.ServiceName}.${task.Slot ?? task.NodeID ?? ''}.${task.ID}`
