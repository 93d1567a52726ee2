import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { mountsBelow, processesBelow, type TestDaemon } from '@essaim/testing'

/** All that a daemon has made on its host, as sorted lines: equal before and after means that nothing was left over. */
export async function inventory(daemon: TestDaemon): Promise<string[]> {
  const { net, folder } = daemon
  const [links, rules, mounts, entries, processes] = await Promise.all([
    net.exec('ip', ['-o', 'link']),
    net.exec('nft', ['-s', 'list', 'ruleset']),
    mountsBelow(folder),
    specialFiles(folder),
    processesBelow(folder),
  ])
  return [
    ...linkNames(links).map((name) => `link ${name}`),
    ...rules.split('\n').map((line) => `nft ${line.trim()}`),
    ...mounts.map((point) => `mount ${point}`),
    ...entries,
    ...(await Promise.all(processes.map(commandOf))).filter((command) => command !== ''),
  ].sort()
}

/** What a process is, without the ids that differ from one to the next; empty for one that only waits to be reaped. */
async function commandOf(pid: number): Promise<string> {
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  const text = words.split('\0').join(' ').trim().slice(0, 300)
  return text === '' ? '' : `process ${text.replace(/\b[0-9a-f]{64}\b/g, 'ID').replace(/\b\d+\b/g, 'N')}`
}

/** Containers' folders, FIFOs and sockets below the roots. What is in containerd's own folders is told by the mounts. */
async function specialFiles(folder: string): Promise<string[]> {
  const found = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw error
  })
  const named = found
    .filter((entry) => entry.isFIFO() || isContainerFolder(entry))
    .map((entry) => `file ${join(folder, entry.name)}`)
  const below = found
    .filter((entry) => entry.isDirectory() && entry.name !== 'containerd')
    .map((entry) => specialFiles(join(folder, entry.name)))
  return [...named, ...(await Promise.all(below)).flat()]
}

function isContainerFolder(entry: { isDirectory(): boolean; name: string }): boolean {
  return entry.isDirectory() && /^[0-9a-f]{64}$/.test(entry.name)
}

function linkNames(text: string): string[] {
  return text
    .split('\n')
    .map((line) => /^\d+: ([^:@]+)/.exec(line)?.[1] ?? '')
    .filter((name) => name !== '')
}

/** The lines of `all` less those of `known`, each as often as it is there. */
export function without(all: readonly string[], known: readonly string[]): string[] {
  const rest = [...known]
  return all.filter((line) => {
    const at = rest.indexOf(line)
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
}

/** What is removed in the background may take a moment: the inventory counts when it no longer changes. */
export async function settledInventory(daemon: TestDaemon): Promise<string[]> {
  let last = await inventory(daemon)
  for (let calm = 0; calm < 4;) {
    await sleep(500)
    const now = await inventory(daemon)
    calm = JSON.stringify(now) === JSON.stringify(last) ? calm + 1 : 0
    last = now
  }
  return last
}
