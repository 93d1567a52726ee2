import type {
  ContainerCreateRequest,
  ContainerCreateResponse,
  ContainerInspectResponse,
  ContainerSummary,
  ContainerTopResponse,
  ContainerUpdateRequest,
  ContainerUpdateResponse,
  ContainerWaitResponse,
  ContainerStatsResponse,
  Filters,
  StreamChunk,
  WaitCondition,
} from '@essaim/api-types'
import { type Call, segment } from '../call.js'
import { type Session, sessionOn } from '../session.js'
import { collect } from '../streams/collect.js'
import { demultiplex, unframed } from '../streams/frames.js'
import { jsonLines } from '../streams/json-lines.js'
import { type LogQuery, logParameters } from './log-query.js'

export interface AttachQuery {
  stdin: boolean
  logs?: boolean
  detachKeys?: string
  tty: boolean
}

/** `ref` is a name, an id or a prefix of one. */
export class ContainersClient {
  constructor(private readonly call: Call) {}

  list(
    options: { all?: boolean; limit?: number; size?: boolean; filters?: Filters } = {},
  ): Promise<ContainerSummary[]> {
    const { filters = {}, ...query } = options
    return this.call.json('GET', '/containers/json', { query, filters })
  }

  inspect(ref: string): Promise<ContainerInspectResponse> {
    return this.call.json('GET', `${at(ref)}/json`)
  }

  create(
    body: ContainerCreateRequest,
    options: { name?: string; platform?: string } = {},
  ): Promise<ContainerCreateResponse> {
    return this.call.json('POST', '/containers/create', { query: options, body })
  }

  start(ref: string): Promise<void> {
    return this.call.done('POST', `${at(ref)}/start`)
  }

  stop(ref: string, options: { t?: number; signal?: string } = {}): Promise<void> {
    return this.call.done('POST', `${at(ref)}/stop`, { query: options })
  }

  restart(ref: string, options: { t?: number; signal?: string } = {}): Promise<void> {
    return this.call.done('POST', `${at(ref)}/restart`, { query: options })
  }

  kill(ref: string, signal: string): Promise<void> {
    return this.call.done('POST', `${at(ref)}/kill`, { query: { signal } })
  }

  pause(ref: string): Promise<void> {
    return this.call.done('POST', `${at(ref)}/pause`)
  }

  unpause(ref: string): Promise<void> {
    return this.call.done('POST', `${at(ref)}/unpause`)
  }

  rename(ref: string, name: string): Promise<void> {
    return this.call.done('POST', `${at(ref)}/rename`, { query: { name } })
  }

  update(ref: string, body: ContainerUpdateRequest): Promise<ContainerUpdateResponse> {
    return this.call.json('POST', `${at(ref)}/update`, { body })
  }

  remove(ref: string, options: { force?: boolean; v?: boolean } = {}): Promise<void> {
    return this.call.done('DELETE', at(ref), { query: options })
  }

  prune(filters: Filters = {}): Promise<{ ContainersDeleted: string[] | null; SpaceReclaimed: number }> {
    return this.call.json('POST', '/containers/prune', { filters })
  }

  top(ref: string, psArgs?: string): Promise<ContainerTopResponse> {
    return this.call.json('GET', `${at(ref)}/top`, { query: { ps_args: psArgs } })
  }

  resize(ref: string, size: { h: number; w: number }): Promise<void> {
    return this.call.done('POST', `${at(ref)}/resize`, { query: size })
  }

  /** Resolves once the engine waits; `exit` settles when the condition is met. */
  async wait(
    ref: string,
    condition: WaitCondition,
    signal?: AbortSignal,
  ): Promise<{ exit: Promise<ContainerWaitResponse> }> {
    const answer = await this.call.answer('POST', `${at(ref)}/wait`, {
      query: { condition },
      ...(signal && { signal }),
    })
    return { exit: collect(answer.body).then((body) => JSON.parse(body.toString()) as ContainerWaitResponse) }
  }

  /** `tty` as the container's Config.Tty says: with a terminal the log has no frames. */
  async *logs(ref: string, query: LogQuery & { tty: boolean }, signal?: AbortSignal): AsyncGenerator<StreamChunk> {
    const options = { query: logParameters(query), ...(signal && { signal }) }
    const { body } = await this.call.answer('GET', `${at(ref)}/logs`, options)
    yield* query.tty ? unframed(body) : demultiplex(body)
  }

  async *stats(
    ref: string,
    options: { stream: boolean },
    signal?: AbortSignal,
  ): AsyncGenerator<ContainerStatsResponse> {
    const answer = await this.call.answer('GET', `${at(ref)}/stats`, { query: options, ...(signal && { signal }) })
    yield* jsonLines<ContainerStatsResponse>(answer.body)
  }

  async attach(ref: string, { tty, ...options }: AttachQuery): Promise<Session> {
    const query = { stream: true, stdout: true, stderr: true, ...options }
    return sessionOn(await this.call.session('POST', `${at(ref)}/attach`, { query }), tty)
  }
}

const at = (ref: string): string => `/containers/${segment(ref)}`
