import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { NodeAddresses } from './addresses/resolve.js'

/** What a node knows of its own membership. Written whole: it is the moment at which an init or a leave counts. */
export interface NodeState {
  nodeId: string
  addresses: NodeAddresses
  /** A leave has begun: it is finished before anything else. */
  leaving: boolean
}

/** Undefined outside of a swarm. */
export async function readState(path: string): Promise<NodeState | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as NodeState
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** On the disk, name and all, when it resolves. */
export async function writeState(path: string, state: NodeState): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.new`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(JSON.stringify(state))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  await syncFolder(dirname(path))
}

/** Forgets the membership and all that was kept for it; the state file goes last. */
export async function eraseState(path: string): Promise<void> {
  for (const part of ['manager', 'agent']) await rm(join(dirname(path), part), { recursive: true, force: true })
  await rm(path, { force: true })
  await rm(dirname(path), { recursive: true, force: true })
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
