import { randomBytes } from 'node:crypto'
import type { LogEntry } from '@essaim/api-types'
import { isPartial } from '../entry.js'

/** Which part of a long line an entry is. */
export interface Part {
  /** The same for all parts of one line. */
  id: string
  /** From 1. */
  ordinal: number
  last: boolean
}

/** Tells parts of long lines apart from whole lines, by stream. */
export class PartCounter {
  readonly #open = new Map<string, { id: string; ordinal: number }>()

  /** Undefined for a line that is whole. */
  of(entry: LogEntry): Part | undefined {
    const before = this.#open.get(entry.stream)
    const partial = isPartial(entry)
    if (!before && !partial) return undefined
    const now = { id: before?.id ?? randomBytes(32).toString('hex'), ordinal: (before?.ordinal ?? 0) + 1 }
    if (partial) this.#open.set(entry.stream, now)
    else this.#open.delete(entry.stream)
    return { ...now, last: !partial }
  }
}
