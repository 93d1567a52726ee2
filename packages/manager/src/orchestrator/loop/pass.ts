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
  /** Notes what `change` makes worth looking at. Called for each change of the running write and for those of others. */
  mark(change: Change): void
  /**
   * For a pass that keeps a picture of its own: called for every change in the order of commits, and once more within
   * the write that makes it.
   */
  follow?(change: Change): void
  /** Forgets all that was noted and notes everything in `view`: at the start, and after a gap or a failed write. */
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
