import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Processes whose command line names a path below `folder` (containerd, shims, keepers), with all their children. */
export async function processesBelow(folder: string): Promise<number[]> {
  const parents = new Map<number, number>()
  const roots = new Set<number>()
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
    parents.set(pid, Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]))
    if (words.split('\0').some((word) => word.startsWith(`${folder}/`) || word.includes(`=${folder}/`))) roots.add(pid)
  }
  const below = (pid: number): boolean => roots.has(pid) || (parents.has(pid) && below(parents.get(pid) ?? 0))
  return [...parents.keys()].filter((pid) => below(pid))
}

/** SIGKILL for all of `processesBelow`, until none is left (10 s at most). */
export async function killTree(folder: string): Promise<void> {
  for (const end = Date.now() + 10_000; Date.now() < end; await sleep(50)) {
    const pids = await processesBelow(folder)
    if (pids.length === 0) return
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
      }
    }
  }
  throw new Error(`processes of ${folder} do not die: ${(await processesBelow(folder)).join(' ')}`)
}

/** Mount points below `folder`, the deepest first. */
export async function mountsBelow(folder: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mounts', 'utf8')).split('\n')
  const points = lines.map((line) => line.split(' ')[1] ?? '').filter((point) => point.startsWith(`${folder}/`))
  return points.sort().reverse()
}

export async function unmountBelow(folder: string): Promise<void> {
  for (const point of await mountsBelow(folder)) await run('umount', ['-l', point])
}
