import { readFileSync } from 'node:fs'
import { allCapabilities } from './capabilities.js'

/** The capabilities that this host can give away: proc(5) CapBnd of our own process. A guest may lack some. */
export const hostCapabilities: string[] = inMask(boundingMask(readFileSync('/proc/self/status', 'utf8')))

/** The names whose bits `mask` holds. */
export function inMask(mask: bigint): string[] {
  return allCapabilities.filter((_, bit) => ((mask >> BigInt(bit)) & 1n) === 1n)
}

export function boundingMask(status: string): bigint {
  return BigInt(`0x${/^CapBnd:\s*([0-9a-f]+)/m.exec(status)?.[1] ?? 'ffffffffffffffff'}`)
}
