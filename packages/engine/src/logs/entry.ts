import { nowNano } from '@essaim/base'
import type { LogEntry } from '@essaim/api-types'

export interface Line {
  stream: 'stdout' | 'stderr'
  /** With its newline, unless it is a part of a longer line. */
  data: Buffer
}

/** Gives lines their time; those of one call are a nanosecond apart: asking for each would cost more than all the rest. */
export function stamp(lines: Line[], now: string = nowNano()): LogEntry[] {
  const second = now.slice(0, 20)
  const fraction = Number(now.slice(20, 29))
  return lines.map(({ stream, data }, index) => {
    const nanoseconds = String(Math.min(fraction + index, 999_999_999)).padStart(9, '0')
    return { stream, data, time: `${second}${nanoseconds}Z` }
  })
}

const newline = 10

/** A part of a long line that is not its last. */
export const isPartial = ({ data }: Line): boolean => data.at(-1) !== newline

/** Without its newline. */
export const messageOfLine = (line: Line): Buffer => (isPartial(line) ? line.data : line.data.subarray(0, -1))
