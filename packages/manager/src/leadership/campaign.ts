import { messageOf, sleep, type Logger } from '@essaim/base'
import type { EtcdClient } from '../etcd/index.js'
import type { Fence } from '../store/index.js'
import type { Leader, LeaderKey, Reign } from './leader-key.js'
import { Lease } from './lease.js'

/** How a manager that leads looks from another one. */
export type Sign = 'answers' | 'silent' | 'refuses'

export interface CampaignOptions {
  etcd: EtcdClient
  key: LeaderKey
  self: Leader
  /** A manager that is to be none any more does not stand. */
  mayLead: () => boolean
  /** Asks the manager that leads for a sign of life; `refuses`: its host says that nobody listens. */
  probe: (leader: Leader, signal: AbortSignal) => Promise<Sign>
  /** Leads until the signal is raised, or until it cannot any more. */
  lead: (fence: Fence, signal: AbortSignal) => Promise<void>
  logger: Logger
}

/** How often who leads is asked for a sign. */
const probeMs = 400
const retryMs = 100
/** So many silent probes, one after another, and it counts as gone. */
const silences = 2

/**
 * Stands for the lead as long as the signal is not raised. The lead is free when the leader's lease is over, or given
 * back. It is taken before that from a leader that is seen to be dead: its host refuses connections, or it is silent and
 * etcd has a leader elsewhere. Taking it from one that lives is safe, since every write is guarded by the key; it would
 * cost a pause only.
 */
export async function campaign(options: CampaignOptions, signal: AbortSignal): Promise<void> {
  const { key, logger } = options
  let silent = 0
  let last: Reign | undefined
  while (!signal.aborted) {
    const { current } = key
    if (current?.modRevision !== last?.modRevision) silent = 0
    last = current
    try {
      if (key.known && options.mayLead()) {
        if (!current || current.nodeId === options.self.nodeId) {
          await rule(options, current, signal)
          continue
        }
        const sign = await options.probe(current, signal)
        silent = sign === 'silent' ? silent + 1 : 0
        if (sign === 'refuses' || (silent >= silences && (await isElsewhere(options, current)))) {
          logger.warn('the manager that leads is gone', { leader: current.nodeId, sign })
          await rule(options, current, signal)
          continue
        }
      }
    } catch (error) {
      if (signal.aborted) return
      logger.debug('the lead was not taken', { error: messageOf(error) })
      await sleep(retryMs, signal).catch(() => {})
    }
    await key.changed(probeMs, signal)
  }
}

/** Whether etcd has agreed on another leader than the one on the host of who leads us. */
async function isElsewhere({ etcd }: CampaignOptions, { memberId }: Leader): Promise<boolean> {
  const { leader } = await etcd.status({ timeoutMs: 1000 })
  return leader !== '0' && leader !== memberId
}

async function rule(options: CampaignOptions, before: Reign | undefined, signal: AbortSignal): Promise<void> {
  const { etcd, key, self, lead, logger } = options
  const lease = await Lease.grant(etcd, logger)
  const lost = new AbortController()
  try {
    const fence = await key.claim(self, before, lease.id)
    if (!fence) return
    const watching = new AbortController()
    const reigning = AbortSignal.any([signal, lease.over, lost.signal])
    const watch = watchKey(key, fence, watching.signal, () => lost.abort())
    try {
      await lead(fence, reigning)
    } finally {
      watching.abort()
      await watch
    }
  } finally {
    await lease.end()
  }
}

async function watchKey(key: LeaderKey, fence: Fence, signal: AbortSignal, onLost: () => void): Promise<void> {
  while (!signal.aborted && key.current?.modRevision === fence.modRevision) await key.changed(60_000, signal)
  if (!signal.aborted) onLost()
}
