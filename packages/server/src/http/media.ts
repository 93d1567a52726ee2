import { atLeast } from './version.js'

export const rawType = 'application/vnd.docker.raw-stream'
const multiplexedType = 'application/vnd.docker.multiplexed-stream'

/** The content type of process output. Clients before 1.42 know only the raw one, and ask for `Tty` themselves. */
export function streamType(version: string, tty: boolean): string {
  return !tty && atLeast(version, '1.42') ? multiplexedType : rawType
}
