import { isTerminal, type ClusterNetwork, type Task } from '@essaim/api-types'
import type { View } from '../store/index.js'
import { contains, formatAddress, parseAddress, parseCidr, size } from './cidr.js'

/** Whether the task still has its addresses: until it was seen to have ended. */
export const holdsAddresses = ({ Status }: Task): boolean => !isTerminal(Status.State)

/** Every address in use on a network, without prefix length: the gateway, services' VIPs and live tasks. */
export function addressesInUse(view: View, network: ClusterNetwork): Set<string> {
  const inUse = new Set([network.Internal.Gateway])
  const add = (cidr: string): unknown => inUse.add(bare(cidr))
  for (const { Endpoint } of view.all('service')) {
    for (const { NetworkID, Addr } of Endpoint.VirtualIPs ?? []) if (NetworkID === network.ID) add(Addr)
  }
  for (const task of view.find('task', 'network', network.ID)) {
    if (!holdsAddresses(task)) continue
    for (const { Network, Addresses: own } of task.NetworksAttachments ?? []) {
      if (Network.ID === network.ID) own.forEach(add)
    }
  }
  return inUse
}

/**
 * The addresses of the networks during one write. What is in use is read from the store, once per network, so that none
 * is given twice or lost. They are handed out in turn: one that just became free is the last to be used again.
 */
export class Addresses {
  readonly #inUse = new Map<string, Set<string>>()

  constructor(
    private readonly view: View,
    /** By network, the address handed out last; outlives this write. */
    private readonly turns: Map<string, number>,
  ) {}

  /** CIDR of a free address, or of `wanted` if that is free; undefined when there is none. */
  take(network: ClusterNetwork, wanted?: string): string | undefined {
    const subnet = parseCidr(network.Internal.Subnet)
    if (subnet === undefined) return undefined
    const inUse = this.#of(network)
    const given = (address: string): string => {
      inUse.add(address)
      return `${address}/${subnet.bits}`
    }
    if (wanted !== undefined) {
      const number = parseAddress(wanted)
      return number !== undefined && contains(subnet, number) && !inUse.has(wanted) ? given(wanted) : undefined
    }
    const range = parseCidr(network.IPAMOptions?.Config?.[0]?.IPRange ?? '') ?? subnet
    const broadcast = subnet.base + size(subnet) - 1
    let turn = this.turns.get(network.ID) ?? range.base - 1
    for (let left = size(range); left > 0; left--) {
      turn = turn + 1 >= range.base + size(range) ? range.base : turn + 1
      const address = formatAddress(turn)
      if (turn === subnet.base || turn === broadcast || inUse.has(address)) continue
      this.turns.set(network.ID, turn)
      return given(address)
    }
    return undefined
  }

  /** What an object gives up within this write. */
  release(networkId: string, cidr: string): void {
    this.#inUse.get(networkId)?.delete(bare(cidr))
  }

  #of(network: ClusterNetwork): Set<string> {
    let inUse = this.#inUse.get(network.ID)
    if (inUse === undefined) this.#inUse.set(network.ID, (inUse = addressesInUse(this.view, network)))
    return inUse
  }
}

/** An address without its prefix length. */
export const bare = (cidr: string): string => cidr.split('/')[0] ?? ''
