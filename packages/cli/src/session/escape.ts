/** Ctrl-P Ctrl-Q: leaves a process running and gives the terminal back, as with Docker. */
const sequence = [0x10, 0x11]

/** Watches typed bytes, however they arrive, and answers true when the keys for leaving have been typed. */
export function escapeWatch(): (typed: Uint8Array) => boolean {
  let matched = 0
  return (typed) => {
    for (const byte of typed) {
      matched = byte === sequence[matched] ? matched + 1 : byte === sequence[0] ? 1 : 0
      if (matched === sequence.length) return true
    }
    return false
  }
}
