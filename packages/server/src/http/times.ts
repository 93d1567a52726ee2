import { formatNano, invalid } from '@essaim/base'

/**
 * A point in time as clients give it: seconds since the epoch with up to nine decimals, RFC 3339, or a duration back
 * from now such as `1h30m`. Answers RFC 3339 with nanoseconds; undefined for 0, which clients send for "no limit".
 */
export function parseTime(name: string, value: string, now: number = Date.now()): string | undefined {
  const seconds = /^(-?\d{1,15})(?:\.(\d{0,9})\d*)?$/.exec(value)
  if (seconds) {
    const nanos = BigInt(seconds[1] ?? 0) * 1_000_000_000n + BigInt((seconds[2] ?? '').padEnd(9, '0'))
    return nanos <= 0n ? undefined : formatNano(nanos)
  }
  const back = parseDuration(value)
  if (back !== undefined) return formatNano(BigInt(Math.round(now)) * 1_000_000n - back)
  const date = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)?)?$/.exec(value)
  const instant = date ? Date.parse(date[1] ? value.replace(/\.\d+/, '') : value) : NaN
  if (Number.isNaN(instant)) {
    throw invalid('query.time', `invalid value for "${name}": failed to parse value as time or duration: "${value}"`)
  }
  const fraction = (date?.[3] ?? '.').slice(1, 10).padEnd(9, '0')
  return formatNano(BigInt(instant) * 1_000_000n + BigInt(fraction))
}

const units: Record<string, bigint> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}

/** A duration as Go writes it, in nanoseconds. */
function parseDuration(value: string): bigint | undefined {
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(value)) return undefined
  let total = 0n
  for (const [, amount, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) {
    total += BigInt(Math.round(Number(amount) * 1e6)) * (units[unit ?? 's'] ?? 0n)
  }
  return total / 1_000_000n
}
