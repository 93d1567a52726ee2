import { invalid } from '@essaim/base'

const units: Record<string, number> = { h: 3.6e12, m: 6e10, s: 1e9, ms: 1e6, us: 1e3, µs: 1e3, ns: 1 }

/** Go's duration, such as `1m30s`, in nanoseconds. */
export function parseDuration(text: string): number {
  if (!/^(\d+(\.\d+)?(h|ms|m|s|us|µs|ns))+$/.test(text)) {
    if (text === '0') return 0
    throw invalid('build.duration', `time: invalid duration ${JSON.stringify(text)}`)
  }
  const parts = text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g)
  return [...parts].reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ''] ?? 0), 0)
}

/** As Go prints it: `1m0s`, `2s`, `1.5ms`. */
export function formatDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return '0s'
  if (nanoseconds < 1e9) {
    const unit = ['ms', 'µs', 'ns'].find((name) => nanoseconds >= (units[name] ?? 1)) ?? 'ns'
    return `${nanoseconds / (units[unit] ?? 1)}${unit}`
  }
  const hours = Math.floor(nanoseconds / 3.6e12)
  const minutes = Math.floor((nanoseconds % 3.6e12) / 6e10)
  const seconds = (nanoseconds % 6e10) / 1e9
  return `${hours > 0 ? `${hours}h` : ''}${hours > 0 || minutes > 0 ? `${minutes}m` : ''}${seconds}s`
}
