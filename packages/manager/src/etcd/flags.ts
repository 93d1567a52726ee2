import { join } from 'node:path'
import { etcdLimits } from './client.js'

/** One member of the managers' etcd. */
export interface MemberForm {
  /** The node's id. */
  name: string
  /** Of mode 0700; data, socket and log stand in it. */
  folder: string
  /** Where other members find this one, and where it listens: `https://ip:port`. */
  peerURL: string
  listenPeerURL: string
  /** `new`: the first member of a new etcd. Otherwise those that are there, this one too, as `name=url`. */
  cluster: 'new' | string[]
  /** Once: what the folder holds is made the only member of a new cluster. */
  forceNew?: boolean
  /** PEM files. Absent in tests alone. */
  tls?: { certificate: string; key: string; roots: string }
}

/**
 * A member that hears nothing of the leader for the second of these seeks to lead itself: half of etcd's default, within
 * what a busy disk can do.
 */
const timing = { heartbeatMs: 100, electionMs: 600 }

/** What of the past is kept for watches, in revisions; more than any watch falls behind. */
const keptRevisions = 20_000

const quotaBytes = 8 << 30

/** Docker's certificates name the role like this; only managers' count between members. */
const managersName = 'swarm-manager'

/** etcd wants the form of a host and a port for a socket too, and makes it in the folder where it is started. */
const socketName = 'socket:0'

export const socketOf = (folder: string): string => join(folder, socketName)
export const dataOf = (folder: string): string => join(folder, 'data')

/** What etcd is started with. No secret is in it. To us it speaks by a socket in its own folder, and by no port. */
export function flagsOf({ name, folder, peerURL, listenPeerURL, cluster, forceNew, tls }: MemberForm): string[] {
  const client = `unix://${socketName}`
  const flags: Record<string, string | number | boolean> = {
    name,
    'data-dir': dataOf(folder),
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': listenPeerURL,
    'initial-advertise-peer-urls': peerURL,
    'initial-cluster': cluster === 'new' ? `${name}=${peerURL}` : cluster.join(','),
    'initial-cluster-state': cluster === 'new' ? 'new' : 'existing',
    'initial-cluster-token': 'essaim',
    'heartbeat-interval': timing.heartbeatMs,
    'election-timeout': timing.electionMs,
    'pre-vote': true,
    'auto-compaction-mode': 'revision',
    'auto-compaction-retention': keptRevisions,
    'quota-backend-bytes': quotaBytes,
    'max-txn-ops': etcdLimits.txnOps,
    'max-request-bytes': etcdLimits.requestBytes,
    logger: 'zap',
    'log-outputs': 'stderr',
    'log-level': 'warn',
    ...(forceNew && { 'force-new-cluster': true }),
    ...(tls && {
      'peer-cert-file': tls.certificate,
      'peer-key-file': tls.key,
      'peer-trusted-ca-file': tls.roots,
      'peer-client-cert-auth': true,
      'peer-cert-allowed-hostname': managersName,
      // What counts is that it is a manager, not where it calls from.
      'experimental-peer-skip-client-san-verification': true,
    }),
  }
  return Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)
}
