import * as Type from './type.js'
import { OneOf } from './one-of.js'
import type { Platform } from './common.js'
import type { ResourceObject, TLSInfo } from './common.js'

export const NodeSpec = Type.Object(
  {
    Name: Type.Optional(Type.String()),
    Labels: Type.Optional(Type.Record(Type.String(), Type.String())),
    Role: Type.Optional(OneOf('worker', 'manager')),
    Availability: Type.Optional(OneOf('active', 'pause', 'drain')),
  },
  { title: 'swarm.NodeSpec' },
)
export type NodeSpec = Type.Static<typeof NodeSpec>

/** NodeState represents the state of a node. */
export type NodeState = 'unknown' | 'down' | 'ready' | 'disconnected'

/** Reachability represents the reachability of a node. */
export type Reachability = 'unknown' | 'unreachable' | 'reachable'

/** ManagerStatus represents the status of a manager. */
export type ManagerStatus = {
  Leader?: boolean
  Reachability?: Reachability
  Addr?: string
} | null

/** NodeStatus represents the status of a node. */
export interface NodeStatus {
  State?: NodeState
  Message?: string
  Addr?: string
}

/** EngineDescription provides information about an engine. */
export interface EngineDescription {
  EngineVersion?: string
  Labels?: Record<string, string>
  Plugins?: {
    Type?: string
    Name?: string
  }[]
}

/** NodeDescription encapsulates the properties of the Node as reported by the agent. */
export interface NodeDescription {
  Hostname?: string
  Platform?: Platform
  Resources?: ResourceObject
  Engine?: EngineDescription
  TLSInfo?: TLSInfo
}
