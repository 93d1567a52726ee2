import type { Config, ConfigSpec, Filters } from '@essaim/api-types'
import { type Call, segment } from '../call.js'

/** Data is base64 both ways. */
export class ConfigsClient {
  constructor(private readonly call: Call) {}

  list(filters: Filters = {}): Promise<Config[]> {
    return this.call.json('GET', '/configs', { filters })
  }

  inspect(ref: string): Promise<Config> {
    return this.call.json('GET', `/configs/${segment(ref)}`)
  }

  create(body: ConfigSpec): Promise<{ ID: string }> {
    return this.call.json('POST', '/configs/create', { body })
  }

  update(ref: string, version: number, body: ConfigSpec): Promise<void> {
    return this.call.done('POST', `/configs/${segment(ref)}/update`, { query: { version }, body })
  }

  remove(ref: string): Promise<void> {
    return this.call.done('DELETE', `/configs/${segment(ref)}`)
  }
}
