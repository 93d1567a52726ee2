import type { LogsOptions, Node, NodeDescription, TaskStatus, TaskState } from '@essaim/api-types'
import type { AssignmentsMessage } from './assignments.js'
import type { CallPart, HostCall } from './host-calls.js'

/**
 * What a manager offers to one node's agent: in process on the manager's own host, gRPC over mTLS between hosts
 * (`rpc/`). Whose it is was settled before, by the node's certificate; what a message says of that counts for nothing.
 */
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
  /** The agent has done what the message of that `resultsIn` says, and all before it. */
  applied(sessionId: string, resultsIn: string): Promise<void>
  /**
   * Resolves when no other node sends new connections to these tasks, which are said to be not ready; after
   * a second at most, for a node that does not answer must not keep a task from stopping.
   */
  withdrawn(sessionId: string, taskIds: string[]): Promise<void>
  /** Answers when to come again; who is late several times counts as down. */
  heartbeat(sessionId: string): Promise<{ periodMs: number }>
  /** The logs that someone asks for of this node's tasks. */
  logSubscriptions(sessionId: string, signal: AbortSignal): AsyncIterable<LogSubscriptionMessage>
  /** Ends when the agent has no more to send; rejects when nobody listens any longer. */
  publishLogs(sessionId: string, subscriptionId: string, records: AsyncIterable<LogRecord[]>): Promise<void>
  /** An address in CIDR form on an attachable network for a container that is no task; the same again for the same one. */
  attach(sessionId: string, networkId: string, container: AttachedContainer): Promise<string>
  /** Gives it back; nothing happens when there is none. */
  detach(sessionId: string, networkId: string, containerId: string): Promise<void>
  /** Gives back what the node's other containers hold: they ended while nobody looked. */
  keepAttachments(sessionId: string, containerIds: string[]): Promise<void>
  /** What is asked of containers on this node. */
  hostCalls(sessionId: string, signal: AbortSignal): AsyncIterable<HostCall>
  /** Answers one call and gets what its caller sends on. Ends when the caller is gone, which ends the call. */
  answerHostCall(
    sessionId: string,
    callId: string,
    answer: AsyncIterable<CallPart>,
    signal: AbortSignal,
  ): AsyncIterable<CallPart>
  /** The node leaves the swarm: its session ends and it counts as down at once. */
  leave(sessionId: string): Promise<void>
}

export interface AttachedContainer {
  id: string
  name: string
  aliases: string[]
}

export interface ManagerAddress {
  nodeId: string
  /** `host:port`. */
  address: string
}

/** Whom the cluster's nodes trust now. */
export interface Trust {
  /** PEM: the root, and while it is being changed the next one too. */
  roots: string
  /** Base64 of the public key that signs certificates now: one that another key signed is to be renewed. */
  issuer: string
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
  /** All managers that the node may turn to. */
  managers: ManagerAddress[]
  trust: Trust
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
