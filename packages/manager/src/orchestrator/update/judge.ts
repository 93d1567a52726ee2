import type { UpdateConfig } from './config.js'

export type Verdict = 'go-on' | 'pause' | 'rollback'

/** What is known of an update when it is judged. */
export interface Evidence {
  config: UpdateConfig
  rollback: boolean
  /** Slots that the update set out to change, and how many of its tasks failed while they were watched. */
  slots: number
  failures: number
}

/** Decides whether an update goes on. */
export type Judge = (evidence: Evidence) => Verdict

/** The failure action, as soon as the failures exceed the ratio. A rollback is never rolled back. */
export const failureRatio: Judge = ({ config, rollback, slots, failures }) => {
  if (config.failureAction === 'continue' || failures === 0) return 'go-on'
  if (failures / Math.max(slots, 1) <= config.maxFailureRatio) return 'go-on'
  return config.failureAction === 'rollback' && !rollback ? 'rollback' : 'pause'
}
