import type {
  Filters,
  Service,
  ServiceCreateResponse,
  ServiceSpec,
  ServiceUpdateResponse,
  StreamChunk,
} from '@essaim/api-types'
import { type Call, segment } from '../call.js'
import { demultiplex, unframed } from '../streams/frames.js'
import { type LogQuery, logParameters } from './log-query.js'

export type ServiceAnswer = Omit<Service, 'Internal'>

export interface ServiceUpdateQuery {
  version: number
  rollback?: 'previous'
  registryAuthFrom?: 'spec' | 'previous-spec'
}

/** `auth` is what `registryAuth` makes: the encoded X-Registry-Auth header. */
export class ServicesClient {
  constructor(private readonly call: Call) {}

  list(options: { filters?: Filters; status?: boolean } = {}): Promise<ServiceAnswer[]> {
    return this.call.json('GET', '/services', { query: { status: options.status }, filters: options.filters ?? {} })
  }

  inspect(ref: string, options: { insertDefaults?: boolean } = {}): Promise<ServiceAnswer> {
    return this.call.json('GET', `/services/${segment(ref)}`, { query: options })
  }

  create(body: ServiceSpec, auth?: string): Promise<ServiceCreateResponse> {
    return this.call.json('POST', '/services/create', { body, ...headers(auth) })
  }

  update(ref: string, query: ServiceUpdateQuery, body: ServiceSpec, auth?: string): Promise<ServiceUpdateResponse> {
    const path = `/services/${segment(ref)}/update`
    return this.call.json('POST', path, { query: { ...query }, body, ...headers(auth) })
  }

  remove(ref: string): Promise<void> {
    return this.call.done('DELETE', `/services/${segment(ref)}`)
  }

  /** With `details`, each line begins with the ids of its node, service and task. */
  async *logs(ref: string, query: LogQuery & { tty: boolean }, signal?: AbortSignal): AsyncGenerator<StreamChunk> {
    const options = { query: logParameters(query), ...(signal && { signal }) }
    const { body } = await this.call.answer('GET', `/services/${segment(ref)}/logs`, options)
    yield* query.tty ? unframed(body) : demultiplex(body)
  }
}

const headers = (auth: string | undefined): { headers?: Record<string, string> } =>
  auth === undefined ? {} : { headers: { 'x-registry-auth': auth } }
