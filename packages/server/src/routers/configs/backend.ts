import type { Config, ConfigSpec, Filters, Identity } from '@essaim/api-types'

export interface ConfigsBackend {
  list(filters: Filters): Promise<Config[]>
  inspect(ref: string): Promise<Config>
  create(spec: ConfigSpec, caller: Identity): Promise<{ ID: string }>
  update(ref: string, version: number, spec: ConfigSpec, caller: Identity): Promise<void>
  remove(ref: string, caller: Identity): Promise<void>
}
