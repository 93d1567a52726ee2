import * as Type from './type.js'
import { OneOf } from './one-of.js'

/** User modifiable swarm configuration. */
export const SwarmSpec = Type.Object(
  {
    Name: Type.Optional(Type.String()),
    Labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    Orchestration: Type.Optional(
      Type.Object({
        TaskHistoryRetentionLimit: Type.Optional(Type.Integer()),
      }),
    ),
    Raft: Type.Optional(
      Type.Object({
        SnapshotInterval: Type.Optional(Type.Integer()),
        KeepOldSnapshots: Type.Optional(Type.Integer()),
        LogEntriesForSlowFollowers: Type.Optional(Type.Integer()),
        ElectionTick: Type.Optional(Type.Integer()),
        HeartbeatTick: Type.Optional(Type.Integer()),
      }),
    ),
    Dispatcher: Type.Optional(
      Type.Object({
        HeartbeatPeriod: Type.Optional(Type.Integer()),
      }),
    ),
    CAConfig: Type.Optional(
      Type.Object({
        NodeCertExpiry: Type.Optional(Type.Integer()),
        ExternalCAs: Type.Optional(
          Type.Array(
            Type.Object({
              Protocol: Type.Optional(OneOf('cfssl')),
              URL: Type.Optional(Type.String()),
              Options: Type.Optional(Type.Record(Type.String(), Type.String())),
              CACert: Type.Optional(Type.String()),
            }),
          ),
        ),
        SigningCACert: Type.Optional(Type.String()),
        SigningCAKey: Type.Optional(Type.String()),
        ForceRotate: Type.Optional(Type.Integer()),
      }),
    ),
    EncryptionConfig: Type.Optional(
      Type.Object({
        AutoLockManagers: Type.Optional(Type.Boolean()),
      }),
    ),
    TaskDefaults: Type.Optional(
      Type.Object({
        LogDriver: Type.Optional(
          Type.Object({
            Name: Type.Optional(Type.String()),
            Options: Type.Optional(Type.Record(Type.String(), Type.String())),
          }),
        ),
      }),
    ),
  },
  { title: 'swarm.Spec' },
)
export type SwarmSpec = Type.Static<typeof SwarmSpec>

/** JoinTokens contains the tokens workers and managers need to join the swarm. */
export interface JoinTokens {
  Worker?: string
  Manager?: string
}

export const SwarmInitRequest = Type.Object(
  {
    ListenAddr: Type.Optional(Type.String()),
    AdvertiseAddr: Type.Optional(Type.String()),
    DataPathAddr: Type.Optional(Type.String()),
    DataPathPort: Type.Optional(Type.Integer()),
    DefaultAddrPool: Type.Optional(Type.Array(Type.String())),
    ForceNewCluster: Type.Optional(Type.Boolean()),
    SubnetSize: Type.Optional(Type.Integer()),
    Spec: Type.Optional(SwarmSpec),
    Availability: Type.Optional(OneOf('active', 'pause', 'drain')),
  },
  { title: 'swarm.InitRequest' },
)
export type SwarmInitRequest = Type.Static<typeof SwarmInitRequest>

export const SwarmJoinRequest = Type.Object(
  {
    ListenAddr: Type.Optional(Type.String()),
    AdvertiseAddr: Type.Optional(Type.String()),
    DataPathAddr: Type.Optional(Type.String()),
    RemoteAddrs: Type.Optional(Type.Array(Type.String())),
    JoinToken: Type.Optional(Type.String()),
    Availability: Type.Optional(OneOf('active', 'pause', 'drain')),
  },
  { title: 'swarm.JoinRequest' },
)
export type SwarmJoinRequest = Type.Static<typeof SwarmJoinRequest>

export const SwarmUnlockRequest = Type.Object(
  {
    UnlockKey: Type.Optional(Type.String()),
  },
  { title: 'swarm.UnlockRequest' },
)
export type SwarmUnlockRequest = Type.Static<typeof SwarmUnlockRequest>
