import { conflict, forbidden, invalid } from '@essaim/base'
import type { Cluster, ClusterNetwork, IPAM } from '@essaim/api-types'
import type { View } from '../store/index.js'
import { contains, formatAddress, formatCidr, overlaps, parseAddress, parseCidr, size, type Cidr } from './cidr.js'

/** libnetwork's first VXLAN id for an overlay network, and the end of the 24-bit field. */
const firstVni = 4096
const lastVni = 2 ** 24 - 1

/**
 * Gives each new network its VXLAN id and subnet. Both go upwards, so that what a removed network had is not given to
 * the next one while nodes are still taking the old one down.
 */
export class NetworkNumbers {
  #vni = firstVni - 1
  /** The next of the pools' subnets. */
  #turn = 0

  next(view: View, cluster: Pick<Cluster, 'DefaultAddrPool' | 'SubnetSize'>, ipam: IPAM): ClusterNetwork['Internal'] {
    const taken = [...view.all('network')].flatMap(({ Internal }) => parseCidr(Internal.Subnet) ?? [])
    const [wanted] = ipam.Config ?? []
    const subnet =
      wanted?.Subnet === undefined || wanted.Subnet === ''
        ? this.#free(cluster, taken)
        : checkedSubnet(wanted.Subnet, taken)
    const gateway = wanted?.Gateway === undefined || wanted.Gateway === '' ? undefined : parseAddress(wanted.Gateway)
    if (gateway !== undefined && !contains(subnet, gateway)) {
      throw invalid('network.gateway', `no matching subnet for gateway ${formatAddress(gateway)}`)
    }
    return {
      Vni: this.#nextVni(view),
      Subnet: formatCidr(subnet),
      Gateway: formatAddress(gateway ?? subnet.base + 1),
    }
  }

  #nextVni(view: View): number {
    const taken = new Set([...view.all('network')].map(({ Internal }) => Internal.Vni))
    for (let tries = firstVni; tries <= lastVni; tries++) {
      this.#vni = this.#vni >= lastVni ? firstVni : this.#vni + 1
      if (!taken.has(this.#vni)) return this.#vni
    }
    throw conflict('network.vni', 'every VXLAN id is in use')
  }

  #free(cluster: Pick<Cluster, 'DefaultAddrPool' | 'SubnetSize'>, taken: Cidr[]): Cidr {
    const pools = poolsOf(cluster)
    const total = pools.reduce((sum, pool) => sum + pool.count, 0)
    for (let tries = 0; tries < total; tries++) {
      const block = blockAt(pools, this.#turn++ % total)
      if (block !== undefined && !taken.some((other) => overlaps(block, other))) return block
    }
    throw conflict('network.pool', 'could not find an available, non-overlapping IPv4 address pool among the defaults')
  }
}

interface Pool {
  first: Cidr
  /** How many subnets it holds. */
  count: number
}

function poolsOf({ DefaultAddrPool, SubnetSize }: Pick<Cluster, 'DefaultAddrPool' | 'SubnetSize'>): Pool[] {
  return DefaultAddrPool.flatMap((text) => parseCidr(text) ?? []).map((pool) => {
    const first = { base: pool.base, bits: Math.max(SubnetSize, pool.bits) }
    return { first, count: size(pool) / size(first) }
  })
}

function blockAt(pools: Pool[], index: number): Cidr | undefined {
  for (const { first, count } of pools) {
    if (index < count) return { base: first.base + index * size(first), bits: first.bits }
    index -= count
  }
  return undefined
}

function checkedSubnet(text: string, taken: Cidr[]): Cidr {
  const subnet = parseCidr(text)
  if (subnet === undefined) throw invalid('network.subnet', `invalid CIDR address: ${text}`)
  if (subnet.bits > 30)
    throw invalid(
      'network.subnet',
      `the subnet ${text} is too small: /30 is the smallest that holds a gateway and an address`,
    )
  if (taken.some((other) => overlaps(subnet, other))) {
    throw forbidden('network.overlap', 'Pool overlaps with other one on this address space')
  }
  return subnet
}
