import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A network namespace that stands for a host. `exec` runs a command in it with the cgroup mounts still in sight. */
export interface NetworkHost extends AsyncDisposable {
  readonly name: string
  /** Its address on the link to the test's own namespace. */
  readonly address: string
  readonly peerAddress: string
  exec(command: string, args: string[]): Promise<string>
  /** The words that put a command into the namespace: `nsenter --net=... --`. */
  readonly enter: readonly string[]
}

/**
 * Makes a namespace with `lo` up and a veth link to the caller's namespace: 10.198.`subnet`.1 here, .2 inside, which
 * has no way out. The caller chooses a `subnet` (0 to 255) that no other test uses at the same time.
 */
export async function createHost(name: string, subnet: number): Promise<NetworkHost> {
  const net = `10.198.${subnet}`
  const link = `es-t${subnet}`
  const remove = async (): Promise<void> => {
    await removeNamespace(name)
    await removeLink(link)
  }
  await remove()
  await createNamespace(name)
  await ip(`link add ${link} type veth peer name eth0 netns ${name}`)
  await ip(`addr add ${net}.1/24 dev ${link}`)
  await ip(`link set ${link} up`)
  await ip(`-n ${name} addr add ${net}.2/24 dev eth0`)
  await ip(`-n ${name} link set eth0 up`)
  await ip(`-n ${name} route add unreachable default`)
  return {
    name,
    address: `${net}.2`,
    peerAddress: `${net}.1`,
    enter: ['nsenter', `--net=/run/netns/${name}`, '--'],
    exec: (command, args) => runIn(name, command, args),
    [Symbol.asyncDispose]: remove,
  }
}

/** A new network namespace with `lo` up. */
export async function createNamespace(name: string): Promise<void> {
  await ip(`netns add ${name}`)
  await ip(`-n ${name} link set lo up`)
}

/** Tolerates that there is none. Its links go with it once the last process in it has ended. */
export async function removeNamespace(name: string): Promise<void> {
  await ip(`netns del ${name}`).catch(ignoreMissing)
}

/** Tolerates that there is none. */
export async function removeLink(link: string, namespace?: string): Promise<void> {
  await ip(`${namespace === undefined ? '' : `-n ${namespace} `}link del ${link}`).catch(ignoreMissing)
}

/** `words` are parted by blanks. */
export async function ip(words: string): Promise<string> {
  return (await run('ip', words.split(' '))).stdout
}

/** Runs a command in a namespace and answers what it printed. */
export async function runIn(namespace: string, command: string, args: string[]): Promise<string> {
  const words = [`--net=/run/netns/${namespace}`, '--', command, ...args]
  return (await run('nsenter', words, { maxBuffer: 64 << 20 })).stdout
}

function ignoreMissing(error: unknown): void {
  if (!/No such file|Cannot find device|Cannot open network namespace/.test(String(error))) throw error
}
