import * as Type from './type.js'
import { OneOf } from './one-of.js'

/** The mount type. */
export const MountType = OneOf('bind', 'cluster', 'image', 'npipe', 'tmpfs', 'volume')
export type MountType = Type.Static<typeof MountType>

export const Mount = Type.Object(
  {
    Target: Type.Optional(Type.String()),
    Source: Type.Optional(Type.String()),
    Type: Type.Optional(MountType),
    ReadOnly: Type.Optional(Type.Boolean()),
    Consistency: Type.Optional(Type.String()),
    BindOptions: Type.Optional(
      Type.Object({
        Propagation: Type.Optional(OneOf('private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave')),
        NonRecursive: Type.Optional(Type.Boolean()),
        CreateMountpoint: Type.Optional(Type.Boolean()),
        ReadOnlyNonRecursive: Type.Optional(Type.Boolean()),
        ReadOnlyForceRecursive: Type.Optional(Type.Boolean()),
      }),
    ),
    VolumeOptions: Type.Optional(
      Type.Object({
        NoCopy: Type.Optional(Type.Boolean()),
        Labels: Type.Optional(Type.Record(Type.String(), Type.String())),
        DriverConfig: Type.Optional(
          Type.Object({
            Name: Type.Optional(Type.String()),
            Options: Type.Optional(Type.Record(Type.String(), Type.String())),
          }),
        ),
        Subpath: Type.Optional(Type.String()),
      }),
    ),
    ImageOptions: Type.Optional(
      Type.Object({
        Subpath: Type.Optional(Type.String()),
      }),
    ),
    TmpfsOptions: Type.Optional(
      Type.Object({
        SizeBytes: Type.Optional(Type.Integer()),
        Mode: Type.Optional(Type.Integer()),
        Options: Type.Optional(Type.Array(Type.Array(Type.String()))),
      }),
    ),
  },
  { title: 'mount.Mount' },
)
export type Mount = Type.Static<typeof Mount>

/** MountPoint represents a mount point configuration inside the container. */
export interface MountPoint {
  Type?: MountType
  Name?: string
  Source?: string
  Destination?: string
  Driver?: string
  Mode?: string
  RW?: boolean
  Propagation?: string
}
