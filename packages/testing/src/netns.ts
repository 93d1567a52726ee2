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
  await removeHost(name, link)
  await run('ip', ['netns', 'add', name])
  await run('ip', ['-n', name, 'link', 'set', 'lo', 'up'])
  await run('ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name])
  await run('ip', ['addr', 'add', `${net}.1/24`, 'dev', link])
  await run('ip', ['link', 'set', link, 'up'])
  await run('ip', ['-n', name, 'addr', 'add', `${net}.2/24`, 'dev', 'eth0'])
  await run('ip', ['-n', name, 'link', 'set', 'eth0', 'up'])
  await run('ip', ['-n', name, 'route', 'add', 'unreachable', 'default'])
  const enter = ['nsenter', `--net=/run/netns/${name}`, '--']
  return {
    name,
    address: `${net}.2`,
    peerAddress: `${net}.1`,
    enter,
    async exec(command, args) {
      const { stdout } = await run('nsenter', [...enter.slice(1), command, ...args], { maxBuffer: 64 << 20 })
      return stdout
    },
    [Symbol.asyncDispose]: () => removeHost(name, link),
  }
}

async function removeHost(name: string, link: string): Promise<void> {
  await run('ip', ['netns', 'del', name]).catch(ignoreMissing)
  await run('ip', ['link', 'del', link]).catch(ignoreMissing)
}

function ignoreMissing(error: unknown): void {
  if (!/No such file|Cannot find device/.test(String(error))) throw error
}
