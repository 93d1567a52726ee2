import type { Filters, Identity, Secret, SecretSpec } from '@essaim/api-types'

/** No answer ever holds `Spec.Data`. */
export interface SecretsBackend {
  list(filters: Filters): Promise<Secret[]>
  inspect(ref: string): Promise<Secret>
  create(spec: SecretSpec, caller: Identity): Promise<{ ID: string }>
  update(ref: string, version: number, spec: SecretSpec, caller: Identity): Promise<void>
  remove(ref: string, caller: Identity): Promise<void>
}
