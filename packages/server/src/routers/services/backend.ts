import type {
  AuthConfig,
  Filters,
  Identity,
  LogsOptions,
  LogStream,
  Service,
  ServiceCreateResponse,
  ServiceSpec,
  ServiceUpdateResponse,
} from '@essaim/api-types'

export type ServiceAnswer = Omit<Service, 'Internal'>

export interface ServicesBackend {
  /** With `status`, each has ServiceStatus; without it none has. */
  list(options: { filters: Filters; status: boolean }): Promise<ServiceAnswer[]>
  inspect(ref: string, options: { insertDefaults: boolean }): Promise<ServiceAnswer>
  /** Never waits for a registry; `auth` is for the pulls of the service's tasks. */
  create(spec: ServiceSpec, caller: Identity, auth?: AuthConfig): Promise<ServiceCreateResponse>
  update(
    ref: string,
    options: {
      version: number
      spec: ServiceSpec
      rollback: boolean
      registryAuthFrom: 'spec' | 'previous-spec'
      auth?: AuthConfig
    },
    caller: Identity,
  ): Promise<ServiceUpdateResponse>
  remove(ref: string, caller: Identity): Promise<void>
  /** In entries' `attributes`: com.docker.swarm.node.id, .service.id and .task.id, always. */
  logs(ref: string, options: LogsOptions, signal: AbortSignal): Promise<LogStream>
}
