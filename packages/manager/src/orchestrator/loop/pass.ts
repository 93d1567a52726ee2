import type { Change, Tx, View } from '../../store/contract.js'

/** The time that a run decides by, and where the ids of new objects come from. */
export interface Moment {
  /** Milliseconds since the epoch. */
  now: number
  newId(): string
}

/**
 * One part of the manager: it hears of every change, remembers what is worth looking at again, and looks when it is
 * run. All parts run one after another in one write, each seeing what those before it wrote, until none has work left:
 * from a new service to assigned tasks is a single commit.
 */
export interface Pass {
  readonly name: string
  /** Notes what `change` makes worth looking at. Called once for every change, before it is committed. */
  mark(change: Change): void
  /** Forgets all that was noted and notes everything in `view`: at the start, and after a failed commit. */
  reset(view: View): void
  /**
   * Looks at what was noted or has come due, and writes what follows from it. Answers one sentence for the journal, or
   * undefined when nothing was to be done.
   */
  run(tx: Tx, moment: Moment): string | undefined
  /** When to run again though nothing changes, in milliseconds since the epoch; undefined for never. */
  due(): number | undefined
  /** Whether something is noted that `run` has not looked at. */
  dirty(): boolean
}
