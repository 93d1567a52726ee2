import { Writable } from 'node:stream'
import { AsyncQueue, EssaimError, unavailable } from '@essaim/base'
import { errorOf, type CallPart } from '@essaim/protocol'
import type { StreamChunk } from '@essaim/api-types'

/** Bytes of standard input that wait for the node before the writer has to. */
const inputAhead = 64 << 10

/** One call on its way: what the node answers goes to the one who asked, what that one types goes to the node. */
export class Conversation {
  /** To the node. */
  readonly input = new AsyncQueue<{ part: CallPart; taken: () => void }>()
  readonly #ended = new AbortController()
  readonly #result: Promise<unknown>
  #settle: { resolve: (result: unknown) => void; reject: (error: unknown) => void } = {
    resolve: () => {},
    reject: () => {},
  }
  #parts: AsyncIterator<CallPart> | undefined
  #waiting: ((parts: AsyncIterator<CallPart> | undefined) => void) | undefined
  #fault: unknown

  constructor() {
    this.#result = new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
    this.#result.catch(() => {})
  }

  /** Ends with the call. */
  get signal(): AbortSignal {
    return this.#ended.signal
  }

  get result(): Promise<unknown> {
    return this.#result
  }

  /** The node has come with its answer. Resolves when the answer was read to its end, or nobody wants it any more. */
  async take(parts: AsyncIterable<CallPart>): Promise<void> {
    const iterator = parts[Symbol.asyncIterator]()
    let first = await iterator.next()
    if (first.done !== true && first.value.kind === 'taken') first = await iterator.next()
    if (first.done === true) return this.fail(broken())
    if (first.value.kind === 'error') return this.fail(errorOf(first.value))
    this.#parts = iterator
    this.#settle.resolve(JSON.parse(first.value.data.toString()))
    this.#waiting?.(iterator)
    await new Promise<void>((resolve) => {
      if (this.signal.aborted) resolve()
      else this.signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  /** The output after the result. */
  async *output(): AsyncGenerator<StreamChunk> {
    try {
      const parts =
        this.#parts ?? (await new Promise<AsyncIterator<CallPart> | undefined>((resolve) => (this.#waiting = resolve)))
      for (;;) {
        const next = await parts?.next()
        if (next === undefined || next.done === true) break
        const { kind, data } = next.value
        if (kind === 'end') return
        if (kind === 'error') throw errorOf(next.value)
        if (kind === 'stdout' || kind === 'stderr') yield { stream: kind, data }
      }
      throw this.#fault instanceof EssaimError ? this.#fault : broken()
    } finally {
      this.end()
    }
  }

  /** What is written here reaches the process's standard input. */
  stdin(): Writable {
    return new Writable({
      highWaterMark: inputAhead,
      write: (data: Buffer, _encoding, callback) => {
        if (!this.input.push({ part: { kind: 'stdin', data }, taken: callback })) callback()
      },
      final: (callback) => {
        this.input.push({ part: { kind: 'end', data: Buffer.alloc(0) }, taken: () => {} })
        callback()
      },
    })
  }

  fail(error: unknown): void {
    this.#fault = error
    this.#settle.reject(error)
    this.#waiting?.(undefined)
    this.end()
  }

  end(): void {
    if (this.#ended.signal.aborted) return
    this.#ended.abort()
    this.#settle.reject(broken())
    this.input.close()
  }
}

const broken = (): Error => unavailable('host.broken', 'the node ended the conversation before it was over')
