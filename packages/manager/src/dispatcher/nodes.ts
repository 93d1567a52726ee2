import { isDeepStrictEqual } from 'node:util'
import { messageOf, notFound, type Clock, type Logger } from '@essaim/base'
import type { Node } from '@essaim/api-types'
import type { SessionHello } from '@essaim/protocol'
import type { Store, View } from '../store/index.js'

const system = { name: 'system' }

/** Docker's default: how long a node may be silent before it counts as down. */
const defaultSilenceMs = 5000

/** How many beats fall into that time: one or two may be lost. */
const beatsPerSilence = 4

/** How many heartbeats a second all nodes together may send. */
const heartbeatsPerSecond = 500

/** After a start every node has this long to come back before it counts as down. */
const returnMs = 30_000

/** After how long without a sign a node is down: as configured (`HeartbeatPeriod`), and longer in a large cluster. */
export function silencePeriod(view: View): number {
  let configured = defaultSilenceMs
  for (const { Spec } of view.all('cluster')) configured = (Spec.Dispatcher?.HeartbeatPeriod ?? 0) / 1e6 || configured
  return Math.max(configured, (view.count('node') * beatsPerSilence * 1000) / heartbeatsPerSecond)
}

/** How often each agent has to be heard of. */
export const beatPeriod = (view: View): number => silencePeriod(view) / beatsPerSilence

/** The nodes' status in the store, as their sessions show it. */
export class Nodes {
  #cancelExpectation: () => void = () => {}

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** Stores what the node tells of itself and that it is ready. Refuses one that is not of the cluster. */
  register({ nodeId, description, address }: SessionHello): Promise<Node> {
    return this.store.update(system, 'node ready', (tx) => {
      const node = tx.get('node', nodeId)
      if (node === undefined) throw notFound('node.not-found', `node ${nodeId} not found`)
      const next: Node = { ...node, Description: description, Status: { State: 'ready', Addr: address } }
      return isDeepStrictEqual(next, node) ? node : tx.update('node', next)
    })
  }

  /** Resolves when it is stored, or could not be. */
  markDown(nodeId: string, reason: string): Promise<void> {
    const write = this.store.update(system, 'node down', (tx) => {
      const node = tx.get('node', nodeId)
      if (node === undefined || node.Status.State === 'down') return
      tx.update('node', { ...node, Status: { ...node.Status, State: 'down', Message: reason } })
    })
    this.logger.warn('node is down', { node: nodeId, reason })
    return write.catch((error: unknown) => {
      this.logger.error('a node could not be marked down', { node: nodeId, error: messageOf(error) })
    })
  }

  /** Those that are said to be ready and have not come back in time are down. */
  expect(isAbsent: (nodeId: string) => boolean): void {
    this.#cancelExpectation = this.clock.after(returnMs, () => {
      for (const { ID, Status } of this.store.view().all('node')) {
        if (Status.State !== 'down' && isAbsent(ID))
          void this.markDown(ID, 'did not come back after the manager started')
      }
    })
  }

  close(): void {
    this.#cancelExpectation()
  }
}
