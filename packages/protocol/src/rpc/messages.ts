import { methodOf, type Method } from './definitions.js'

/** The messages of `essaim.proto` as they come off the wire. */
export type Empty = Record<string, never>

export interface RootAnswer {
  roots: Buffer
  now: number
}

export interface IssueRequest {
  token: string
  publicKey: Buffer
  signature: Buffer
  availability: string
  hasEtcd: boolean
}

export interface IssueAnswer {
  nodeId: string
  clusterId: string
  certificate: Buffer
  roots: Buffer
  role: string
}

export interface WireHello {
  address: string
  description: Buffer
}

export interface SessionRef {
  sessionId: string
}

export interface WireSessionMessage {
  sessionId: string
  node: Buffer
  managers: { nodeId: string; address: string }[]
  trust: { roots: Buffer; issuer: string } | null
}

export interface WireChange {
  action: string
  kind: string
  id: string
  object: Buffer
}

export interface AssignmentsPart {
  type: string
  appliesTo: string
  resultsIn: string
  changes: WireChange[]
  more: boolean
}

export interface StatusReport {
  sessionId: string
  updates: { taskId: string; ready: boolean; status: Buffer }[]
}

export interface WireLogSubscription {
  action: string
  subscriptionId: string
  selector: Buffer
  options: Buffer
}

export interface LogBatch {
  sessionId: string
  subscriptionId: string
  records: {
    taskId: string
    serviceId: string
    stream: string
    time: string
    data: Buffer
    attributes: Record<string, string>
  }[]
}

export interface AttachRequest {
  sessionId: string
  networkId: string
  containerId: string
  name: string
  aliases: string[]
}

export interface WireHostCall {
  callId: string
  method: string
  arguments: Buffer
}

export interface WireCallPart {
  sessionId: string
  callId: string
  kind: string
  data: Buffer
}

export interface WireOperation {
  noun: string
  name: string
  arguments: Buffer
}

export interface WireLogLine {
  tty: boolean
  stream: string
  time: string
  data: Buffer
  attributes: Record<string, string>
}

export interface WireEnter {
  address: string
  peerURL: string
}

export interface WireEntered {
  storeKey: Buffer
  cluster: string[]
}

const method =
  <Request, Response>(service: string, name: string) =>
  (): Method<Request, Response> =>
    methodOf<Request, Response>(service, name)

/** Every method, looked up when it is first called. */
export const methods = {
  root: method<Empty, RootAnswer>('CA', 'Root'),
  issue: method<IssueRequest, IssueAnswer>('CA', 'Issue'),
  session: method<WireHello, WireSessionMessage>('Dispatcher', 'Session'),
  assignments: method<SessionRef, AssignmentsPart>('Dispatcher', 'Assignments'),
  updateTaskStatus: method<StatusReport, Empty>('Dispatcher', 'UpdateTaskStatus'),
  applied: method<{ sessionId: string; resultsIn: string }, Empty>('Dispatcher', 'Applied'),
  withdrawn: method<{ sessionId: string; taskIds: string[] }, Empty>('Dispatcher', 'Withdrawn'),
  heartbeat: method<SessionRef, { periodMs: number }>('Dispatcher', 'Heartbeat'),
  logSubscriptions: method<SessionRef, WireLogSubscription>('Dispatcher', 'LogSubscriptions'),
  publishLogs: method<LogBatch, Empty>('Dispatcher', 'PublishLogs'),
  attach: method<AttachRequest, { address: string }>('Dispatcher', 'Attach'),
  detach: method<AttachRequest, Empty>('Dispatcher', 'Detach'),
  keepAttachments: method<{ sessionId: string; containerIds: string[] }, Empty>('Dispatcher', 'KeepAttachments'),
  hostCalls: method<SessionRef, WireHostCall>('Dispatcher', 'HostCalls'),
  answerHostCall: method<WireCallPart, WireCallPart>('Dispatcher', 'AnswerHostCall'),
  leave: method<SessionRef, Empty>('Dispatcher', 'Leave'),
  operate: method<WireOperation, { result: Buffer }>('Managers', 'Operate'),
  logs: method<WireOperation, WireLogLine>('Managers', 'Logs'),
  enter: method<WireEnter, WireEntered>('Managers', 'Enter'),
  depart: method<Empty, Empty>('Managers', 'Depart'),
  yieldTo: method<{ memberId: string }, Empty>('Managers', 'Yield'),
  sign: method<Empty, Empty>('Managers', 'Sign'),
}
