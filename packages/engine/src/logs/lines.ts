/** Docker's longest log line; what is longer is logged in parts, only the last of which ends in a newline. */
export const maxLine = 16_384

export interface Lines {
  /** Newlines included; a part of a long line has none. */
  lines: Buffer[]
  /** How many bytes of the input the lines are; the rest waits for its newline. */
  used: number
}

/** Cuts `data` into whole lines, and into parts of 16 KiB where a line is longer. */
export function splitLines(data: Buffer): Lines {
  const lines: Buffer[] = []
  let used = 0
  while (used < data.length) {
    const newline = data.indexOf(10, used)
    const end = newline < 0 ? data.length : newline + 1
    // The newline itself does not count as part of a line's length.
    if (end - used > maxLine + (newline < 0 ? 0 : 1)) {
      lines.push(data.subarray(used, used + maxLine))
      used += maxLine
    } else if (newline < 0) {
      if (end - used < maxLine) break
      lines.push(data.subarray(used, end))
      used = end
    } else {
      lines.push(data.subarray(used, end))
      used = end
    }
  }
  return { lines, used }
}
