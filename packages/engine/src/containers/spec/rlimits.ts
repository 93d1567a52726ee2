import type { HostConfig } from '@essaim/api-types'
import type { OciProcess } from './types.js'

/** The limits of a container's processes, those of its execs too. */
export function rlimits(ulimits: HostConfig['Ulimits']): OciProcess['rlimits'] {
  return (ulimits ?? []).map(({ Name = '', Soft = 0, Hard = 0 }) => {
    return { type: `RLIMIT_${Name.toUpperCase()}`, soft: unlimited(Soft), hard: unlimited(Hard) }
  })
}

/** -1 is the kernel's RLIM_INFINITY; JSON numbers of that size lose digits, and runc takes this one for it. */
const unlimited = (value: number): number => (value < 0 ? Number.MAX_SAFE_INTEGER : value)
