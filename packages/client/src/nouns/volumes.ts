import type { Filters, Volume, VolumeCreateOptions, VolumeListResponse } from '@essaim/api-types'
import { type Call, segment } from '../call.js'

export class VolumesClient {
  constructor(private readonly call: Call) {}

  list(filters: Filters = {}): Promise<VolumeListResponse> {
    return this.call.json('GET', '/volumes', { filters })
  }

  inspect(name: string): Promise<Volume> {
    return this.call.json('GET', `/volumes/${segment(name)}`)
  }

  create(body: VolumeCreateOptions): Promise<Volume> {
    return this.call.json('POST', '/volumes/create', { body })
  }

  remove(name: string, options: { force?: boolean } = {}): Promise<void> {
    return this.call.done('DELETE', `/volumes/${segment(name)}`, { query: options })
  }

  prune(filters: Filters = {}): Promise<{ VolumesDeleted: string[] | null; SpaceReclaimed: number }> {
    return this.call.json('POST', '/volumes/prune', { filters })
  }
}
