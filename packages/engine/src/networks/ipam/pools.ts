import type { IPAMConfig } from '@essaim/api-types'
import { conflict, forbidden, internal, invalid } from '@essaim/base'
import {
  canonical,
  contains,
  formatAddress,
  formatSubnet,
  lastAddress,
  overlaps,
  parseAddress,
  parseSubnet,
  sizeOf,
  type Subnet,
} from './address.js'

/** The addresses of one network in one family. */
export interface Pool {
  /** CIDR. */
  subnet: string
  /** CIDR inside the subnet from which addresses are given out; undefined for all of it. */
  range?: string
  gateway: string
  /** Addresses that are never given out. */
  reserved: string[]
}

/** Checks what the user gave against itself and against the other networks' pools. Throws Docker's messages. */
export function givenPool(config: IPAMConfig, others: Subnet[]): Pool {
  const text = config.Subnet ?? ''
  const subnet = parseSubnet(text)
  if (!subnet) throw invalid('network.subnet', `Invalid subnet ${text} : invalid CIDR address: ${text}`)
  const range = config.IPRange ? rangeOf(config.IPRange, subnet, text) : undefined
  if (others.some((other) => overlaps(subnet, other))) {
    throw forbidden('network.overlap', 'Pool overlaps with other one on this address space')
  }
  const auxiliary = Object.entries(config.AuxiliaryAddresses ?? {})
  for (const [name, address] of auxiliary) {
    if (holds(subnet, address)) continue
    const pool = formatSubnet(subnet)
    throw forbidden('network.aux', `auxiliary address: (${name}:${address}) must belong to the master pool: ${pool}`)
  }
  const reserved = auxiliary.map(([, address]) => canonical(address) ?? address)
  const pool: Pool = { subnet: formatSubnet(subnet), gateway: '', reserved }
  if (range) pool.range = formatSubnet(range)
  if (config.Gateway) {
    const given = config.Gateway.split('/')[0] ?? ''
    const gateway = canonical(given)
    if (gateway === undefined) {
      throw invalid('network.gateway', `invalid gateway address ${given} in Ipam configuration`)
    }
    if (!holds(subnet, gateway)) {
      throw invalid('network.gateway', `failed to allocate gateway (${gateway}): Requested address is out of range`)
    }
    if (reserved.includes(gateway) || edgesOf(subnet).includes(parseAddress(gateway)?.value ?? 0n)) {
      throw forbidden('network.gateway', `failed to allocate gateway (${gateway}): Address already in use`)
    }
    return { ...pool, gateway }
  }
  return { ...pool, gateway: freeAddress(pool, new Set(), '') }
}

function rangeOf(text: string, subnet: Subnet, pool: string): Subnet {
  const range = parseSubnet(text)
  if (!range || range.prefix < subnet.prefix || !contains(subnet, { family: range.family, value: range.base })) {
    throw invalid(
      'network.range',
      `failed to parse pool request for address space "LocalDefault" pool "${pool}" subpool "${text}": Invalid Address SubPool`,
    )
  }
  return range
}

function holds(subnet: Subnet, text: string): boolean {
  const address = parseAddress(text)
  return address !== undefined && contains(subnet, address)
}

/** The network's own address, which in IPv6 is that of any router, and the broadcast address, which IPv4 alone has. */
function edgesOf(subnet: Subnet): bigint[] {
  if (sizeOf(subnet) <= 2n) return []
  return [subnet.base, ...(subnet.family === 4 ? [lastAddress(subnet).value] : [])]
}

/** The lowest free address of the pool: never the network's own, its broadcast address or the gateway. */
export function freeAddress(pool: Pool, taken: ReadonlySet<string>, networkName: string): string {
  const subnet = parsed(pool.subnet)
  const range = parsed(pool.range ?? pool.subnet)
  const { family } = subnet
  const edges = edgesOf(subnet)
  const end = range.base + sizeOf(range)
  for (let value = range.base; value < end; value++) {
    if (edges.includes(value)) continue
    const text = formatAddress({ family, value })
    if (text !== pool.gateway && !pool.reserved.includes(text) && !taken.has(text)) return text
  }
  throw invalid(
    'network.addresses-exhausted',
    `no available IPv${family} addresses on this network's address pools: ${networkName} (${pool.range ?? pool.subnet})`,
  )
}

/** An address that was asked for by name. Throws Docker's messages. */
export function wantedAddress(pool: Pool, taken: ReadonlySet<string>, text: string): string {
  const address = parseAddress(text)
  const subnet = parsed(pool.subnet)
  if (!address) throw invalid('network.address', `invalid IPv${subnet.family} address: ${text}`)
  if (!contains(subnet, address)) {
    throw invalid('network.address', `Invalid address ${text}: It does not belong to any of this network's subnets`)
  }
  const wanted = formatAddress(address)
  if (wanted === pool.gateway || pool.reserved.includes(wanted) || taken.has(wanted)) {
    throw conflict('network.address-taken', 'Address already in use')
  }
  return wanted
}

function parsed(text: string): Subnet {
  const subnet = parseSubnet(text)
  if (!subnet) throw internal('network.subnet', `stored subnet ${text} is not a CIDR`)
  return subnet
}
