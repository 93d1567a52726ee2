import type { Filters, Volume, VolumeCreateOptions, VolumeListResponse } from '@essaim/api-types'

export interface VolumesBackend {
  list(filters: Filters): Promise<VolumeListResponse>
  inspect(name: string): Promise<Volume>
  create(request: VolumeCreateOptions): Promise<Volume>
  remove(name: string, options: { force: boolean }): Promise<void>
  prune(filters: Filters): Promise<{ VolumesDeleted: string[] | null; SpaceReclaimed: number }>
}
