import { zeroTime } from '@essaim/base'
import type { RunState } from '../record.js'

/** The status column of `docker ps`. */
export function statusText(state: RunState, now: number): string {
  const since = (time: string): string => humanDuration(now - Date.parse(time))
  switch (state.status) {
    case 'running': {
      const health = state.health?.Status
      const note =
        health === 'starting' ? ' (health: starting)' : health === undefined || health === 'none' ? '' : ` (${health})`
      return `Up ${since(state.startedAt)}${note}`
    }
    case 'paused':
      return `Up ${since(state.startedAt)} (Paused)`
    case 'restarting':
      return `Restarting (${state.exitCode}) ${since(state.finishedAt)} ago`
    case 'removing':
      return 'Removal In Progress'
    case 'dead':
      return 'Dead'
    case 'created':
      return 'Created'
    case 'exited':
      return state.finishedAt === zeroTime ? 'Created' : `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`
  }
}

/** Docker's rough durations, from `Less than a second` to years. */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 1) return 'Less than a second'
  if (seconds === 1) return '1 second'
  if (seconds < 60) return `${seconds} seconds`
  const minutes = Math.floor(seconds / 60)
  if (minutes === 1) return 'About a minute'
  if (minutes < 60) return `${minutes} minutes`
  const hours = Math.round(ms / 3_600_000)
  if (hours === 1) return 'About an hour'
  if (hours < 48) return `${hours} hours`
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`
  return `${Math.floor(hours / 24 / 365)} years`
}
