import type { SwarmSpec } from '@essaim/api-types'
import { unimplemented, invalidArgument } from '../refusal.js'

const second = 1e9
const hour = 3600 * second

/** Docker's defaults for a new swarm; times in nanoseconds. */
const defaults = {
  Orchestration: { TaskHistoryRetentionLimit: 5 },
  Raft: {
    SnapshotInterval: 10000,
    KeepOldSnapshots: 0,
    LogEntriesForSlowFollowers: 500,
    ElectionTick: 10,
    HeartbeatTick: 1,
  },
  Dispatcher: { HeartbeatPeriod: 5 * second },
  CAConfig: { NodeCertExpiry: 90 * 24 * hour },
} as const satisfies SwarmSpec

export function newClusterSpec(given: SwarmSpec): SwarmSpec {
  return mergedSpec({ Name: 'default', Labels: {}, ...defaults, TaskDefaults: {} }, given)
}

/** What is given replaces what is there; what is left out stays, as Docker merges it. Refuses what swarmkit refuses. */
export function mergedSpec(stored: SwarmSpec, given: SwarmSpec): SwarmSpec {
  check(given)
  return {
    Name: 'default',
    Labels: given.Labels ?? stored.Labels ?? {},
    Orchestration: { ...stored.Orchestration, ...given.Orchestration },
    Raft: { ...stored.Raft, ...nonZero(given.Raft) },
    Dispatcher: { ...stored.Dispatcher, ...nonZero(given.Dispatcher) },
    // A root's key is no part of what can be read.
    CAConfig: {
      ...stored.CAConfig,
      ...nonZero({ NodeCertExpiry: given.CAConfig?.NodeCertExpiry, ForceRotate: given.CAConfig?.ForceRotate }),
    },
    TaskDefaults: { ...stored.TaskDefaults, ...given.TaskDefaults },
    EncryptionConfig: { AutoLockManagers: false },
  }
}

function check(given: SwarmSpec): void {
  const { Name = '', Dispatcher, CAConfig, EncryptionConfig } = given
  if (Name !== '' && Name !== 'default') {
    throw invalidArgument('cluster.name', 'modification of cluster name is not allowed')
  }
  const expiry = CAConfig?.NodeCertExpiry ?? 0
  if (expiry !== 0 && expiry < hour) {
    throw invalidArgument('cluster.expiry', 'minimum certificate expiry time is: 1h0m0s')
  }
  if ((Dispatcher?.HeartbeatPeriod ?? 0) < 0) {
    throw invalidArgument('cluster.heartbeat', 'heartbeat time period cannot be a negative duration')
  }
  if ((CAConfig?.ExternalCAs?.length ?? 0) > 0) {
    throw unimplemented('cluster.external-ca', 'certificates of an external CA are not supported')
  }
  if (EncryptionConfig?.AutoLockManagers === true) {
    throw unimplemented('cluster.autolock', 'locking managers (autolock) is not supported')
  }
}

function nonZero<T extends object>(values: T | undefined): Partial<T> {
  return Object.fromEntries(Object.entries(values ?? {}).filter(([, value]) => Boolean(value))) as Partial<T>
}
