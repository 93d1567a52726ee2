import { messageOf, unavailable, type Logger } from '@essaim/base'
import type { ClusterNetworks } from '@essaim/engine'
import type { Dispatcher } from '@essaim/protocol'
import type { MembershipOptions } from '../membership.js'
import { notAttachable } from './merged.js'

/** Who gives addresses on the cluster's networks now. */
export interface Allocating {
  dispatcher: Dispatcher
  sessionId: string | undefined
  /** Whether the cluster has a network of this name or id that takes tasks only; its name. */
  closedNetwork(ref: string): string | undefined
}

/**
 * Lets containers that are no tasks join attachable networks: the managers give the address, and get it back. What could
 * not be given back, or ended while nobody looked, is by `keepAttached`, at the beginning of each session.
 */
export class Attachments {
  /** Containers that got an address since this process started: they may not be running yet. */
  readonly #attached = new Set<string>()

  constructor(
    networks: ClusterNetworks,
    private readonly current: () => Allocating | undefined,
    private readonly containers: MembershipOptions['runtime']['containers'],
    private readonly logger: Logger,
  ) {
    networks.onAttach = async (networkId, { id, name }) => {
      const { dispatcher, sessionId } = current() ?? {}
      if (!dispatcher || sessionId === undefined) {
        throw unavailable('network.no-manager', `no manager gives an address on network ${networkId} now`)
      }
      this.#attached.add(id)
      const cidr = await dispatcher.attach(sessionId, networkId, { id, name, aliases: [] })
      const [address = '', prefix] = cidr.split('/')
      return {
        IPAMConfig: { IPv4Address: address },
        IPAddress: address,
        IPPrefixLen: Number(prefix),
        MacAddress: macOf(address),
      }
    }
    networks.refuse = (ref) => {
      const closed = current()?.closedNetwork(ref)
      return closed === undefined ? undefined : notAttachable(closed)
    }
    networks.onDetach = async (networkId, containerId) => {
      this.#attached.delete(containerId)
      const { dispatcher, sessionId } = current() ?? {}
      if (!dispatcher || sessionId === undefined) return
      await dispatcher.detach(sessionId, networkId, containerId)
    }
  }

  /** Gives back what containers held that are here no longer. */
  async keepAttached(): Promise<void> {
    try {
      const running = await this.containers.list({ all: false, size: false, filters: {} })
      const { dispatcher, sessionId } = this.current() ?? {}
      if (!dispatcher || sessionId === undefined) return
      const ids = new Set([...running.flatMap(({ Id }) => Id ?? []), ...this.#attached])
      await dispatcher.keepAttachments(sessionId, [...ids])
    } catch (error) {
      this.logger.warn('addresses of containers that are gone are given back later', { error: messageOf(error) })
    }
  }
}

/** As every endpoint of the cluster has it: 02:42 and the four numbers of its address. */
function macOf(address: string): string {
  const bytes = address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))
  return ['02', '42', ...bytes].join(':')
}
