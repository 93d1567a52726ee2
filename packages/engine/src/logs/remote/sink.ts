import type { LogEntry } from '@essaim/api-types'
import type { LogSource } from '../source.js'

/** Where a container's lines go besides the file on this host. */
export interface LogSink {
  /** Fails when nobody can take the lines, for containers that must not start then. */
  connect(): Promise<void>
  /** Lines in their order; settles when they are handed over. One call at a time. Rejects when they are lost. */
  write(entries: LogEntry[]): Promise<void>
  /** What waits fails at once, and so does what comes. */
  giveUp(): void
  /** Lets go of everything; what was written before is on its way. */
  close(): Promise<void>
}

/** A log driver that sends lines to another process. */
export interface RemoteDriver {
  /** The names of its options. */
  options: readonly string[]
  /** Throws Docker's refusal of a value. */
  check(options: Record<string, string>): void
  /** `lost` is told why lines were dropped that nobody waits for. */
  open(options: Record<string, string>, source: LogSource, lost: (error: Error) => void): LogSink
}
