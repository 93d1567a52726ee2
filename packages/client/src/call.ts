import type { Filters } from '@essaim/api-types'
import { type Negotiation, negotiate } from './negotiate.js'
import { refusalOf } from './refusal.js'
import { collect } from './streams/collect.js'
import type { Transport, WireAnswer, WireRequest, WireSession } from './transport/transport.js'

export interface CallOptions {
  query?: Record<string, string | number | boolean | undefined>
  filters?: Filters
  /** Sent as JSON. */
  body?: unknown
  /** Sent as it is, in place of `body`. */
  raw?: AsyncIterable<Uint8Array>
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** One request to the engine, in the version that both sides speak. Refusals are thrown as EssaimError. */
export class Call {
  #version: Promise<Negotiation> | undefined

  constructor(
    readonly transport: Transport,
    private readonly wanted: string | undefined,
  ) {}

  /** Asked of the engine once; a failed try is not remembered. */
  version(): Promise<Negotiation> {
    this.#version ??= negotiate(this.transport, this.wanted).catch((error: unknown) => {
      this.#version = undefined
      throw error
    })
    return this.#version
  }

  async answer(method: string, path: string, options: CallOptions = {}): Promise<WireAnswer> {
    const answer = await this.transport.send(await this.#request(method, path, options))
    if (answer.status >= 400 || answer.status === 304) throw await refusalOf(answer)
    return answer
  }

  async json<T>(method: string, path: string, options: CallOptions = {}): Promise<T> {
    const { body } = await this.answer(method, path, options)
    return JSON.parse((await collect(body)).toString()) as T
  }

  async done(method: string, path: string, options: CallOptions = {}): Promise<void> {
    await collect((await this.answer(method, path, options)).body)
  }

  async session(method: string, path: string, options: CallOptions = {}): Promise<WireSession> {
    const answer = await this.transport.upgrade(await this.#request(method, path, options))
    if ('status' in answer) throw await refusalOf(answer)
    return answer
  }

  async #request(method: string, path: string, options: CallOptions): Promise<WireRequest> {
    const { api } = await this.version()
    const json = options.body === undefined ? undefined : JSON.stringify(options.body)
    const type = options.raw ? 'application/x-tar' : json === undefined ? undefined : 'application/json'
    return {
      method,
      path: `/v${api}${path}${queryOf(options)}`,
      headers: { ...(type && { 'content-type': type }), ...options.headers },
      ...((options.raw ?? json) !== undefined && { body: options.raw ?? json }),
      ...(options.signal && { signal: options.signal }),
    }
  }
}

function queryOf({ query = {}, filters }: CallOptions): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value))
  if (filters && Object.keys(filters).length > 0) params.set('filters', JSON.stringify(filters))
  return params.size === 0 ? '' : `?${params.toString()}`
}

/** A name or id as one segment of a path. */
export function segment(ref: string): string {
  return encodeURIComponent(ref)
}
