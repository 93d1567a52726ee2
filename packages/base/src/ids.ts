import { randomBytes } from 'node:crypto'

/** Where ids come from; tests pass a counter. */
export interface Ids {
  /** 64 hex digits: containers, engine networks, execs. */
  hex64(): string
  /** 25 characters of base 36: swarm objects (swarmkit `identity`). */
  swarm(): string
}

export const randomIds: Ids = {
  hex64() {
    for (;;) {
      const id = randomBytes(32).toString('hex')
      // A short id of digits only would be taken for a number by clients' YAML and JSON readers (moby stringid).
      if (!/^\d{12}/.test(id)) return id
    }
  },
  swarm() {
    return BigInt(`0x${randomBytes(17).toString('hex')}`)
      .toString(36)
      .padStart(25, '0')
      .slice(-25)
  },
}

/** The short form that Docker shows of a 64-digit id or of a digest. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12)
}
