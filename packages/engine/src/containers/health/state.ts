import type { Health, HealthConfig, HealthcheckResult } from '@essaim/api-types'

type State = NonNullable<Health>
type Result = NonNullable<HealthcheckResult>

/** Docker's defaults, in milliseconds. */
const defaults = { interval: 30_000, timeout: 30_000, startInterval: 5_000, retries: 3 }

/** How many results are kept. */
const kept = 5

export interface HealthPlan {
  test: string[]
  interval: number
  timeout: number
  startPeriod: number
  startInterval: number
  retries: number
}

/** What is to be done, in milliseconds; undefined when there is no check. */
export function healthPlan(config: HealthConfig | undefined, shell: string[] | undefined): HealthPlan | undefined {
  const [kind, ...words] = config?.Test ?? []
  if (kind !== 'CMD' && kind !== 'CMD-SHELL') return undefined
  const ms = (nanoseconds: number | undefined, otherwise: number): number =>
    nanoseconds ? nanoseconds / 1e6 : otherwise
  return {
    test: kind === 'CMD' ? words : [...(shell?.length ? shell : ['/bin/sh', '-c']), words.join(' ')],
    interval: ms(config?.Interval, defaults.interval),
    timeout: ms(config?.Timeout, defaults.timeout),
    startPeriod: ms(config?.StartPeriod, 0),
    startInterval: ms(config?.StartInterval, defaults.startInterval),
    retries: config?.Retries || defaults.retries,
  }
}

export const startingHealth = (): State => ({ Status: 'starting', FailingStreak: 0, Log: [] })

/** The state after one more result, `sinceStart` milliseconds into the run. */
export function afterResult(state: State, result: Result, plan: HealthPlan, sinceStart: number): State {
  const log = [...(state.Log ?? []), result].slice(-kept)
  if (result.ExitCode === 0) return { Status: 'healthy', FailingStreak: 0, Log: log }
  // Failures while it starts do not count.
  if (state.Status === 'starting' && sinceStart < plan.startPeriod) return { ...state, Log: log }
  const streak = (state.FailingStreak ?? 0) + 1
  return {
    Status: streak >= plan.retries ? 'unhealthy' : (state.Status ?? 'starting'),
    FailingStreak: streak,
    Log: log,
  }
}

/** Milliseconds until the next check. */
export function nextCheck(state: State, plan: HealthPlan, sinceStart: number): number {
  const starting = state.Status === 'starting' && sinceStart < plan.startPeriod
  return starting ? Math.min(plan.startInterval, plan.interval) : plan.interval
}
