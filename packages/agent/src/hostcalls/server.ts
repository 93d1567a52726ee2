import { messageOf, notFound, type Logger } from '@essaim/base'
import type { ExecCreateRequest, StreamSession } from '@essaim/api-types'
import { errorPart, type CallPart, type Dispatcher, type HostCall } from '@essaim/protocol'
import { taskLabel } from '../container/names.js'
import type { Runtime } from '../runtime.js'
import { Input } from './input.js'

type ExecStart = Parameters<Runtime['exec']['start']>[1]

/** Serves what is asked, through the managers, of the containers of this node's tasks, and of no others. */
export class HostCallServer {
  constructor(
    private readonly runtime: Pick<Runtime, 'containers' | 'exec'>,
    private readonly logger: Logger,
  ) {}

  /** Until the session ends; what is under way ends with it. */
  async run(dispatcher: Dispatcher, sessionId: string, signal: AbortSignal): Promise<void> {
    for await (const call of dispatcher.hostCalls(sessionId, signal)) {
      this.#serve(dispatcher, sessionId, call, signal).catch((error: unknown) => {
        if (!signal.aborted) this.logger.debug('a call ended', { method: call.method, error: messageOf(error) })
      })
    }
  }

  async #serve(dispatcher: Dispatcher, sessionId: string, call: HostCall, outer: AbortSignal): Promise<void> {
    const ends = new AbortController()
    const signal = AbortSignal.any([outer, ends.signal])
    const input = new Input()
    const parts = this.#answer(call, input, signal)
    try {
      for await (const part of dispatcher.answerHostCall(sessionId, call.callId, parts, signal)) await input.hear(part)
    } finally {
      // The caller is gone, or has all that it wanted.
      ends.abort()
      input.close()
    }
  }

  async *#answer(call: HostCall, input: Input, signal: AbortSignal): AsyncGenerator<CallPart> {
    let session: StreamSession | undefined
    yield { kind: 'taken', data: Buffer.alloc(0) }
    try {
      if (call.method === 'exec.start') {
        const [id, options] = call.arguments as [string, ExecStart]
        session = await this.runtime.exec.start(id, options, signal)
        if (session) input.begin(session)
        yield result({ tty: options.tty, attached: session !== undefined })
      } else yield result((await this.#unary(call)) ?? null)
      for await (const { stream, data } of session?.output ?? []) yield { kind: stream, data }
      yield { kind: 'end', data: Buffer.alloc(0) }
    } catch (error) {
      yield errorPart(error)
    }
  }

  async #unary({ method, arguments: words }: HostCall): Promise<unknown> {
    const { containers, exec } = this.runtime
    const [ref, second] = words as [string, unknown]
    switch (method) {
      case 'container.inspect':
        return this.#own(ref)
      case 'container.top':
        await this.#own(ref)
        return containers.top(ref, second as string)
      case 'container.changes':
        await this.#own(ref)
        return containers.changes(ref)
      case 'exec.create':
        await this.#own(ref)
        return exec.create(ref, second as ExecCreateRequest)
      case 'exec.inspect':
        return exec.inspect(ref)
      case 'exec.resize':
        return exec.resize(ref, second as { height: number; width: number })
      case 'exec.start':
        return undefined
    }
    throw notFound('host.method', `this node does not know how to answer ${String(method)}: it runs another version`)
  }

  async #own(ref: string): ReturnType<Runtime['containers']['inspect']> {
    const container = await this.runtime.containers.inspect(ref, { size: false })
    if (container.Config?.Labels?.[taskLabel] !== undefined) return container
    throw notFound('container.not-found', `No such container: ${ref}`)
  }
}

const result = (value: unknown): CallPart => ({ kind: 'result', data: Buffer.from(JSON.stringify(value)) })
