import type { Writable } from 'node:stream'
import type { AuthConfig } from './auth.js'
import type { EventMessage } from './system.js'

/** Who makes a call: today the owner of the socket; it goes with every write into the store's journal. */
export interface Identity {
  /** `unix:<uid>` for the local socket, `node:<id>` for another node, `system` for Essaim itself. */
  name: string
}

/** `filters` of a query: each name with the values that were given for it. `label=a` and `label=a=b` keep Docker's form. */
export type Filters = Record<string, string[]>

export interface StreamChunk {
  stream: 'stdout' | 'stderr'
  data: Buffer
}

/** One live conversation with a process: attach, or exec start. */
export interface StreamSession {
  /** Raw bytes when the process has a terminal, Docker's 8-byte frames otherwise. */
  tty: boolean
  /** Ends when the process has ended and all of its output was read, or when the client detached. */
  output: AsyncIterable<StreamChunk>
  /** Absent when standard input is not attached. Ending it closes the process's standard input where StdinOnce says so. */
  stdin?: Writable
}

export interface AttachOptions {
  logs: boolean
  stream: boolean
  stdin: boolean
  stdout: boolean
  stderr: boolean
  /** Such as `ctrl-p,ctrl-q`; undefined for the default. */
  detachKeys?: string
}

export interface LogsOptions {
  follow: boolean
  stdout: boolean
  stderr: boolean
  /** RFC 3339 with nanoseconds, or undefined; already parsed from seconds, durations and dates. */
  since?: string
  until?: string
  timestamps: boolean
  details: boolean
  /** Number of lines from the end; undefined for all. */
  tail?: number
}

/** One line of log, its newline included where the process wrote one. */
export interface LogEntry {
  stream: 'stdout' | 'stderr'
  /** RFC 3339 with nanoseconds. */
  time: string
  data: Buffer
  /** Labels and variables chosen by the log driver's options, for `details`. */
  attributes?: Record<string, string>
}

export interface LogStream {
  tty: boolean
  entries: AsyncIterable<LogEntry>
}

export type WaitCondition = 'not-running' | 'next-exit' | 'removed'

/** One JSON object of a progress stream (pull, push, load, build), as the CLI reads it. */
export interface ProgressMessage {
  stream?: string
  status?: string
  id?: string
  progress?: string
  progressDetail?: { current?: number; total?: number }
  errorDetail?: { code?: number; message: string }
  error?: string
  aux?: unknown
}

export interface EventsOptions {
  since?: string
  until?: string
  filters: Filters
}

export type EventStream = AsyncIterable<EventMessage>

export interface PullOptions {
  /** `name[:tag|@digest]` as given. */
  reference: string
  platform?: string
  auth?: AuthConfig
}
