import { readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { SwarmJoinRequest } from '@essaim/api-types'
import { stopEtcd } from '@essaim/manager'
import type { ManagerAddress, NodeRole } from '@essaim/protocol'
import type { NodeAddresses } from './addresses/resolve.js'
import { writeWhole } from './whole-file.js'

const founder = { role: 'manager', clusterId: '', managers: [], store: 'lmdb' } as const

/** What a node knows of its own membership. Written whole: it is the moment at which an init, a join or a leave counts. */
export interface NodeState {
  nodeId: string
  role: NodeRole
  /** Empty on the manager that made the cluster. */
  clusterId: string
  addresses: NodeAddresses
  /** Where managers were last seen. */
  managers: ManagerAddress[]
  /** Of a manager: where the cluster's state is; `entering`: not here yet, it asks to be one of the managers. */
  store: 'lmdb' | 'etcd' | 'entering'
  /** A leave has begun: it is finished before anything else. */
  leaving: boolean
}

/** A join that was asked for and has not come about: it goes on until it does, or until the node leaves. */
export interface PendingJoin {
  joining: SwarmJoinRequest
}

/** Undefined outside of a swarm. */
export async function readState(path: string): Promise<NodeState | PendingJoin | undefined> {
  try {
    const state = JSON.parse(await readFile(path, 'utf8')) as NodeState | PendingJoin
    // Swarms of one node, before there were others, had managers only.
    return 'joining' in state ? state : { ...founder, ...state }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** On the disk, name and all, when it resolves. */
export function writeState(path: string, state: NodeState | PendingJoin): Promise<void> {
  return writeWhole(path, JSON.stringify(state))
}

/** Forgets the membership and all that was kept for it; the state file goes last. */
export async function eraseState(path: string): Promise<void> {
  await stopEtcd(join(dirname(path), 'etcd'))
  for (const part of ['manager', 'agent', 'certificates', 'etcd'])
    await rm(join(dirname(path), part), { recursive: true, force: true })
  await rm(path, { force: true })
  await rm(dirname(path), { recursive: true, force: true })
}
