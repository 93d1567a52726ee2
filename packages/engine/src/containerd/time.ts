import { formatNano, zeroTime } from '@essaim/base'

/** protobuf's Timestamp. */
export interface Timestamp {
  seconds: number
  nanos: number
}

/** RFC 3339 with nine digits; what is absent or before the epoch is Go's zero time. */
export function timeOf(timestamp: Timestamp | null | undefined): string {
  if (!timestamp || timestamp.seconds <= 0) return zeroTime
  return formatNano(BigInt(timestamp.seconds) * 1_000_000_000n + BigInt(timestamp.nanos))
}
