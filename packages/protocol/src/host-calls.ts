import type { ErrorKind } from '@essaim/base'
import { EssaimError, messageOf } from '@essaim/base'

/** What somebody asks, through a manager, of a container on another node. */
export type HostMethod =
  | 'container.inspect'
  | 'exec.create'
  | 'exec.start'
  | 'exec.inspect'
  | 'exec.resize'
  | 'container.top'
  | 'container.changes'

export interface HostCall {
  callId: string
  method: HostMethod
  /** By position, as the engine's operation of that name takes them. */
  arguments: unknown[]
}

/**
 * Either way. The node says `taken` at once, then it answers `result` (JSON) or `error`, after a result that begins a conversation `stdout` and `stderr`;
 * the manager sends `stdin` and, at its end, `end`.
 */
export interface CallPart {
  kind: 'taken' | 'result' | 'error' | 'stdout' | 'stderr' | 'stdin' | 'end'
  data: Buffer
}

/** What was thrown on the node, for the one who asked. */
export function errorPart(error: unknown): CallPart {
  const told =
    error instanceof EssaimError
      ? { kind: error.kind, code: error.code, message: error.message, hint: error.hint }
      : { kind: 'internal', code: 'host.failed', message: messageOf(error) }
  return { kind: 'error', data: Buffer.from(JSON.stringify(told)) }
}

export function errorOf({ data }: CallPart): EssaimError {
  const { kind, code, message, hint } = JSON.parse(data.toString()) as {
    kind: ErrorKind
    code: string
    message: string
    hint?: string
  }
  return new EssaimError(kind, code, message, hint === undefined ? {} : { hint })
}
