import type { Filters, Secret, SecretSpec } from '@essaim/api-types'
import { type Call, segment } from '../call.js'

/** Data goes in as base64 and never comes out. */
export class SecretsClient {
  constructor(private readonly call: Call) {}

  list(filters: Filters = {}): Promise<Secret[]> {
    return this.call.json('GET', '/secrets', { filters })
  }

  inspect(ref: string): Promise<Secret> {
    return this.call.json('GET', `/secrets/${segment(ref)}`)
  }

  create(body: SecretSpec): Promise<{ ID: string }> {
    return this.call.json('POST', '/secrets/create', { body })
  }

  update(ref: string, version: number, body: SecretSpec): Promise<void> {
    return this.call.done('POST', `/secrets/${segment(ref)}/update`, { query: { version }, body })
  }

  remove(ref: string): Promise<void> {
    return this.call.done('DELETE', `/secrets/${segment(ref)}`)
  }
}
