import type { AuthConfig } from './auth.js'
import type { Driver, ObjectVersion, PeerNode, TLSInfo } from './common.js'
import type { IPAM } from './networks.js'
import type { ManagerStatus, NodeDescription, NodeSpec, NodeStatus } from './nodes.js'
import type { ConfigSpec, SecretSpec } from './secrets.js'
import type { EndpointPortConfig, EndpointSpec, ServiceSpec } from './services.js'
import type { JoinTokens, SwarmSpec } from './swarm.js'
import type { TaskSpec, TaskState, TaskStatus } from './tasks.js'

/**
 * The cluster's stored objects. They have the Docker API's shape, so that what is stored is what is answered; the
 * few fields that only Essaim needs stand under `Internal` and are taken off by the API (`withoutInternal`).
 */
export interface Meta {
  ID: string
  Version: ObjectVersion & { Index: number }
  /** RFC 3339 with nanoseconds. */
  CreatedAt: string
  UpdatedAt: string
}

export interface Cluster extends Meta {
  Spec: SwarmSpec
  TLSInfo: TLSInfo
  RootRotationInProgress: boolean
  DefaultAddrPool: string[]
  SubnetSize: number
  DataPathPort: number
  Internal: {
    JoinTokens: Required<JoinTokens>
    /** PEM. The key is kept by managers only and never leaves them. */
    RootCA: { certificate: string; key: string }
    /** The next root, while nodes get certificates of it; `crossSigned` is its key certified by the present one. */
    Rotation?: { certificate: string; key: string; crossSigned: string }
    /** Present while `--autolock` is on. */
    UnlockKey?: string
    /** Nodes that were removed: their certificates are refused until they expire. */
    BlockedNodes: string[]
  }
}

export interface Node extends Meta {
  Spec: NodeSpec
  Description: NodeDescription
  Status: NodeStatus
  ManagerStatus?: ManagerStatus
  Internal?: {
    /** From 1 to `mostNodes`, no two nodes have the same: what tells them apart in the mesh's packets. */
    Number: number
  }
}

/** Twelve bits name a node in the mesh; 0 and the last of them name none. */
export const mostNodes = 4094

export interface UpdateStatus {
  State: 'updating' | 'paused' | 'completed' | 'rollback_started' | 'rollback_paused' | 'rollback_completed'
  StartedAt?: string
  CompletedAt?: string
  Message: string
}

export interface VirtualIP {
  NetworkID: string
  /** CIDR, as Docker answers it. */
  Addr: string
}

export interface ServiceEndpoint {
  Spec: EndpointSpec
  Ports?: EndpointPortConfig[]
  VirtualIPs?: VirtualIP[]
}

export interface Service extends Meta {
  Spec: ServiceSpec & { Name: string; TaskTemplate: TaskSpec }
  PreviousSpec?: ServiceSpec & { Name: string; TaskTemplate: TaskSpec }
  Endpoint: ServiceEndpoint
  UpdateStatus?: UpdateStatus
  ServiceStatus?: { RunningTasks: number; DesiredTasks: number; CompletedTasks: number }
  JobStatus?: { JobIteration: ObjectVersion; LastExecution?: string }
  Internal: {
    /** Version.Index at which Spec last changed: a task whose SpecVersion differs is compared, and replaced if dirty. */
    SpecVersion: number
    PreviousSpecVersion?: number
    /** What the updater remembers of the update or rollback under way; dropped when the spec changes. */
    Update?: UpdateProgress
    /** Credentials of the registry that the image is in; they go with the specification, and are never listed. */
    PullAuth?: AuthConfig
    /** Those of the previous specification. */
    PreviousPullAuth?: AuthConfig
  }
}

export interface UpdateProgress {
  /** The tasks that it makes carry it. */
  ID: string
  /** How many slots were out of date then: what the failure ratio is a ratio of. */
  Slots: number
  /** Ids of the tasks of this update that failed within their monitoring time. */
  Failed: string[]
}

/** Why a task was made: the service lacked it, an update replaces another, or the one before it ended. */
export type TaskCause = 'service' | 'update' | 'restart'

/** One network that a task is attached to. Addresses are CIDR. */
export interface TaskNetwork {
  Network: ClusterNetwork
  Addresses: string[]
  Aliases?: string[]
}

export interface Task extends Meta {
  Name?: string
  Labels?: Record<string, string>
  Spec: TaskSpec
  ServiceID?: string
  /** From 1 for replicated services; absent for global ones, whose slot is the node. */
  Slot?: number
  NodeID?: string
  AssignedGenericResources?: unknown[]
  NetworksAttachments?: TaskNetwork[]
  Status: TaskStatus & { State: TaskState; Timestamp: string }
  DesiredState: TaskState
  JobIteration?: ObjectVersion
  Internal: {
    /** The service's Internal.SpecVersion that this task was made from. */
    SpecVersion: number
    ServiceName: string
    ServiceLabels: Record<string, string>
    /** Ports of the service when the task was made, for host-mode publishing and the mesh. */
    Ports: EndpointPortConfig[]
    /** Epoch milliseconds before which the agent may not start it (restart delay); 0 for at once. */
    NotBefore: number
    Cause?: TaskCause
    /** ID of the update that made it. */
    Update?: string
    /** The service's EndpointSpec when the task was made. */
    EndpointSpec?: EndpointSpec
    /** The service's credentials when the task was made: its node pulls the image with them. */
    PullAuth?: AuthConfig
    /** Its node says that it may get new connections. */
    Ready?: boolean
    /** Epoch milliseconds at which it was first seen running; absent when it never ran. */
    RunningSince?: number
  }
}

/** A network of the cluster (scope swarm). `Internal.Vni` is its VXLAN id. */
export interface ClusterNetwork extends Meta {
  Spec: {
    Name: string
    Labels?: Record<string, string>
    DriverConfiguration?: Driver
    Internal?: boolean
    Attachable?: boolean
    Ingress?: boolean
    IPv6Enabled?: boolean
    IPAMOptions?: IPAM
    Scope?: string
    ConfigOnly?: boolean
  }
  DriverState?: Driver
  IPAMOptions?: IPAM
  Internal: {
    Vni: number
    /** CIDR and the gateway in it. */
    Subnet: string
    Gateway: string
  }
  Peers?: PeerNode[]
}

export interface Secret extends Meta {
  Spec: SecretSpec & { Name: string }
}

export interface Config extends Meta {
  Spec: ConfigSpec & { Name: string }
}

/** Every table of the cluster's store with what it holds. */
export interface Tables {
  cluster: Cluster
  node: Node
  service: Service
  task: Task
  network: ClusterNetwork
  secret: Secret
  config: Config
}

/** What the API answers of a stored object. */
export function withoutInternal<T extends object>(object: T): Omit<T, 'Internal'> {
  const { Internal: _, ...rest } = object as T & { Internal?: unknown }
  return rest as Omit<T, 'Internal'>
}
