import * as Type from './type.js'

export interface Volume {
  Name: string
  Driver: string
  Mountpoint: string
  CreatedAt?: string
  Status?: Record<string, Record<string, unknown>>
  /** Null where none were sent. */
  Labels: Record<string, string> | null
  Scope: 'local' | 'global'
  /** Null where none were sent. */
  Options: Record<string, string> | null
  UsageData?: {
    Size: number
    RefCount: number
  } | null
}

/** Volume list response */
export interface VolumeListResponse {
  Volumes?: Volume[]
  Warnings?: string[]
}

/** Volume configuration */
export const VolumeCreateOptions = Type.Object(
  {
    Name: Type.Optional(Type.String()),
    Driver: Type.Optional(Type.String()),
    DriverOpts: Type.Optional(Type.Record(Type.String(), Type.String())),
    Labels: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { title: 'volume.VolumeCreateBody' },
)
export type VolumeCreateOptions = Type.Static<typeof VolumeCreateOptions>
