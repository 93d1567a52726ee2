import type { LogsOptions, Node, NodeDescription, TaskStatus, TaskState } from '@essaim/api-types'
import type { AssignmentsMessage } from './assignments.js'

/** What a manager offers to an agent. In process today, gRPC over mTLS between hosts; the contract is the same. */
export interface Dispatcher {
  /**
   * Registers the node and streams what concerns it as a whole. The first message carries the session's id, which the
   * other calls name. The stream ends when the session does: the agent then opens a new one, with back-off.
   */
  session(hello: SessionHello, signal: AbortSignal): AsyncIterable<SessionMessage>
  /** A complete message first, then incremental ones, coalesced. */
  assignments(sessionId: string, signal: AbortSignal): AsyncIterable<AssignmentsMessage>
  /** Idempotent; states only move forward, an older one is dropped. Resolves when the updates are stored. */
  updateTaskStatus(sessionId: string, updates: TaskStatusUpdate[]): Promise<void>
  /** Must be called within the period of the last answer. */
  heartbeat(sessionId: string): Promise<{ periodMs: number }>
  /** The logs that someone asks for of this node's tasks. */
  logSubscriptions(sessionId: string, signal: AbortSignal): AsyncIterable<LogSubscriptionMessage>
  /** Ends when the agent has no more to send; rejects when nobody listens any longer. */
  publishLogs(sessionId: string, subscriptionId: string, records: AsyncIterable<LogRecord[]>): Promise<void>
}

export interface SessionHello {
  nodeId: string
  description: NodeDescription
  /** Data path address of the node. */
  address: string
}

export interface SessionMessage {
  sessionId: string
  /** The node as the managers see it: role, availability, labels. */
  node: Node
}

export interface TaskStatusUpdate {
  taskId: string
  status: TaskStatus & { State: TaskState; Timestamp: string }
  /** False while a running task must not get new connections (unhealthy, or stopping). */
  ready: boolean
}

export interface LogSelector {
  serviceIds: string[]
  taskIds: string[]
}

export type LogSubscriptionMessage =
  | { action: 'open'; subscriptionId: string; selector: LogSelector; options: LogsOptions }
  | { action: 'close'; subscriptionId: string }

export interface LogRecord {
  taskId: string
  serviceId: string
  nodeId: string
  stream: 'stdout' | 'stderr'
  time: string
  data: Buffer
  attributes?: Record<string, string>
}
