import type { EventMessage, Filters, SystemInfo, SystemVersion } from '@essaim/api-types'
import type { Call } from '../call.js'
import { jsonLines } from '../streams/json-lines.js'

export class SystemClient {
  constructor(private readonly call: Call) {}

  info(): Promise<SystemInfo> {
    return this.call.json('GET', '/info')
  }

  version(): Promise<SystemVersion> {
    return this.call.json('GET', '/version')
  }

  /** Without `until` it goes on until the signal. */
  async *events(
    options: { since?: string; until?: string; filters?: Filters } = {},
    signal?: AbortSignal,
  ): AsyncGenerator<EventMessage> {
    const { filters = {}, ...query } = options
    const answer = await this.call.answer('GET', '/events', { query, filters, ...(signal && { signal }) })
    yield* jsonLines<EventMessage>(answer.body)
  }
}
