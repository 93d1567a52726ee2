import { loadSync, type MethodDefinition, type PackageDefinition, type ServiceDefinition } from '@grpc/proto-loader'
import { fileURLToPath } from 'node:url'

/** What etcd writes as 64 bits, in decimal: identities are wider than a number. */
export type Int64 = string

export interface Header {
  /** Of the state that answered. */
  revision: Int64
  member_id: Int64
  raft_term: Int64
}

export interface KeyValue {
  key: Buffer
  value: Buffer
  create_revision: Int64
  mod_revision: Int64
  lease: Int64
}

export interface RangeRequest {
  key: Buffer
  range_end?: Buffer
  limit?: number
  revision?: Int64
  /** Answered by this member alone, which may be behind, but needs no quorum. */
  serializable?: boolean
}

export interface RangeResponse {
  header: Header
  kvs: KeyValue[]
  more: boolean
}

/** Holds when the key was last written at `mod_revision`; 0: when it is not there. */
export interface Compare {
  result: 'EQUAL'
  target: 'MOD'
  key: Buffer
  mod_revision: Int64
}

export type RequestOp =
  | { request_range: RangeRequest }
  | { request_put: { key: Buffer; value: Buffer; lease?: Int64 } }
  | { request_delete_range: { key: Buffer; range_end?: Buffer } }

export interface TxnRequest {
  compare: Compare[]
  success: RequestOp[]
  failure: RequestOp[]
}

export interface TxnResponse {
  header: Header
  succeeded: boolean
  responses: { response_range?: RangeResponse }[]
}

export interface WatchRequest {
  create_request: { key: Buffer; range_end?: Buffer; start_revision: Int64; progress_notify?: boolean }
}

export interface WatchResponse {
  header: Header
  created: boolean
  canceled: boolean
  /** Not 0: what was asked for is older than what is kept. */
  compact_revision: Int64
  cancel_reason: string
  events: { type: 'PUT' | 'DELETE'; kv: KeyValue }[]
}

export interface Member {
  ID: Int64
  /** Empty until the member has started. */
  name: string
  peerURLs: string[]
  isLearner: boolean
}

export interface StatusResponse {
  header: Header
  version: string
  /** The member that leads etcd; 0 where this one knows none. */
  leader: Int64
  raftTerm: Int64
  raftIndex: Int64
  dbSize: Int64
  isLearner: boolean
}

interface ForLease {
  ID: Int64
}

type Empty = Record<string, never>

let loaded: PackageDefinition | undefined

/** Read once, at the first call: int64 as text, bytes as Buffers, enums by name, absent fields at their zero. */
function definitions(): PackageDefinition {
  const includeDirs = [fileURLToPath(new URL('../../proto', import.meta.url))]
  loaded ??= loadSync('etcd.proto', { includeDirs, keepCase: true, longs: String, enums: String, defaults: true })
  return loaded
}

export type Method<Request, Response> = MethodDefinition<Request, Response>

const method =
  <Request, Response>(service: string, name: string) =>
  (): Method<Request, Response> => {
    const found = (definitions()[`etcdserverpb.${service}`] as ServiceDefinition | undefined)?.[name]
    if (!found) throw new TypeError(`no method ${name} in ${service}`)
    return found as unknown as Method<Request, Response>
  }

/** Every method, looked up when it is first called. */
export const methods = {
  range: method<RangeRequest, RangeResponse>('KV', 'Range'),
  txn: method<TxnRequest, TxnResponse>('KV', 'Txn'),
  watch: method<WatchRequest, WatchResponse>('Watch', 'Watch'),
  leaseGrant: method<{ TTL: number }, ForLease>('Lease', 'LeaseGrant'),
  leaseRevoke: method<ForLease, Empty>('Lease', 'LeaseRevoke'),
  leaseKeepAlive: method<ForLease, ForLease & { TTL: Int64 }>('Lease', 'LeaseKeepAlive'),
  memberAdd: method<{ peerURLs: string[]; isLearner: boolean }, { member: Member; members: Member[] }>(
    'Cluster',
    'MemberAdd',
  ),
  memberRemove: method<{ ID: Int64 }, Empty>('Cluster', 'MemberRemove'),
  memberList: method<Empty, { members: Member[] }>('Cluster', 'MemberList'),
  memberPromote: method<{ ID: Int64 }, Empty>('Cluster', 'MemberPromote'),
  status: method<Empty, StatusResponse>('Maintenance', 'Status'),
  moveLeader: method<{ targetID: Int64 }, Empty>('Maintenance', 'MoveLeader'),
}
