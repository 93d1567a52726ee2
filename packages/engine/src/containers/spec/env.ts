/** Docker's search path of a container whose image has none. */
const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** The environment of a container's first process: the defaults, replaced and followed by what the container asks for. */
export function processEnv(hostname: string, tty: boolean, wanted: string[], linked: string[] = []): string[] {
  return mergeEnv([path, `HOSTNAME=${hostname}`, ...(tty ? ['TERM=xterm'] : []), ...linked], wanted)
}

/** `NAME=value` replaces, a bare `NAME` removes. */
export function mergeEnv(base: string[], changes: string[]): string[] {
  const out = new Map(base.map((pair) => [nameOf(pair), pair]))
  for (const pair of changes) {
    if (pair.includes('=')) out.set(nameOf(pair), pair)
    else out.delete(pair)
  }
  return [...out.values()]
}

const nameOf = (pair: string): string => pair.split('=', 1)[0] ?? pair
