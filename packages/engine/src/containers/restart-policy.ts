import type { RestartPolicy } from '@essaim/api-types'

export interface ExitFacts {
  policy: RestartPolicy
  exitCode: number
  /** How often the policy has restarted it since a user started it. */
  restartCount: number
  /** A user stopped it. */
  stopped: boolean
  /** Milliseconds. */
  ranFor: number
  /** Milliseconds that the last restart was put off; 0 for none. */
  lastDelay: number
}

export type RestartDecision = { restart: false } | { restart: true; delay: number }

/** Docker's: the delay doubles from 100 ms to a minute, and starts anew after a run of ten seconds. */
const firstDelay = 100
const longestDelay = 60_000
const goodRun = 10_000

export function decideRestart(facts: ExitFacts): RestartDecision {
  const { policy, exitCode, restartCount, stopped, ranFor, lastDelay } = facts
  const { Name: name = 'no', MaximumRetryCount: most = 0 } = policy
  if (stopped) return { restart: false }
  const wanted =
    name === 'always' ||
    name === 'unless-stopped' ||
    (name === 'on-failure' && exitCode !== 0 && (most === 0 || restartCount < most))
  if (!wanted) return { restart: false }
  const delay = lastDelay === 0 || ranFor >= goodRun ? firstDelay : Math.min(lastDelay * 2, longestDelay)
  return { restart: true, delay }
}
