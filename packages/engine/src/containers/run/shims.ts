import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '@essaim/base'
import type { ContainerDeps } from '../deps.js'

const run = promisify(execFile)

/**
 * Ends shims that containerd knows nothing of. It leaves one behind when the daemon that asked for a task is killed
 * while the shim starts (containerd 1.6). To be called when no start of a former daemon can be under way any more.
 */
export async function endStrayShims({ containerd, locks, paths, logger }: ContainerDeps): Promise<void> {
  const shims = shimsOf(containerd.address, containerd.namespace)
  if (shims.length === 0) return
  const known = new Set((await containerd.tasks.list()).map((task) => task.containerId))
  for (const { pid, id } of shims) {
    // What is started or stopped just now is not in the list at every moment.
    if (known.has(id) || locks.busy(id) || !isShim(pid, id)) continue
    logger.info('ending a shim that nobody knows', { id, pid })
    process.kill(pid, 'SIGKILL')
    const root = join(paths.runcRoot, containerd.namespace)
    if (!existsSync(join(root, id))) continue
    await run('runc', ['--root', root, 'delete', '--force', id]).catch((error: unknown) => {
      logger.warn('cannot delete what a shim had made', { id, error: messageOf(error) })
    })
  }
}

interface Shim {
  pid: number
  id: string
}

/** By their command lines: `containerd-shim-runc-v2 -namespace NS -id ID -address SOCKET`. */
function shimsOf(address: string, namespace: string): Shim[] {
  return readdirSync('/proc').flatMap((entry) => {
    const words = commandOf(entry)
    const value = (flag: string): string | undefined => words[words.indexOf(flag) + 1]
    const ours = /\/containerd-shim-runc-v2$/.test(words[0] ?? '') && value('-address') === address
    const id = value('-id')
    return ours && value('-namespace') === namespace && id !== undefined ? [{ pid: Number(entry), id }] : []
  })
}

function isShim(pid: number, id: string): boolean {
  return commandOf(String(pid)).includes(id)
}

function commandOf(entry: string): string[] {
  if (!/^\d+$/.test(entry)) return []
  try {
    return readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0')
  } catch {
    // It has ended since the folder was read.
    return []
  }
}
