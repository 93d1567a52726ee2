import type { IPAMConfig } from '@essaim/api-types'
import { conflict, forbidden, internal, invalid } from '@essaim/base'
import { contains, formatAddress, formatSubnet, overlaps, parseAddress, parseSubnet, type Subnet } from './address.js'

/** The addresses of one network. */
export interface Pool {
  /** CIDR. */
  subnet: string
  /** CIDR inside the subnet from which addresses are given out; undefined for all of it. */
  range?: string
  gateway: string
  /** Addresses that are never given out. */
  reserved: string[]
}

/** Where subnets are taken from when the user names none: `base` in pieces with a prefix of `size` bits. */
export interface AddressPool {
  base: string
  size: number
}

/** Docker's own (libnetwork ipamutils). */
export const dockerPools: AddressPool[] = [
  { base: '172.17.0.0/16', size: 16 },
  { base: '172.18.0.0/16', size: 16 },
  { base: '172.19.0.0/16', size: 16 },
  { base: '172.20.0.0/14', size: 16 },
  { base: '172.24.0.0/14', size: 16 },
  { base: '172.28.0.0/14', size: 16 },
  { base: '192.168.0.0/16', size: 20 },
]

function* piecesOf({ base, size }: AddressPool): Generator<Subnet> {
  const whole = parseSubnet(base)
  if (!whole || size < whole.prefix || size > 30) return
  for (let index = 0; index < 2 ** (size - whole.prefix); index++) {
    yield { base: whole.base + index * 2 ** (32 - size), prefix: size }
  }
}

/** The first piece of the pools that meets neither another network nor a route of the host. */
export function defaultPool(taken: Subnet[], pools: AddressPool[] = dockerPools): Pool {
  for (const pool of pools) {
    for (const subnet of piecesOf(pool)) {
      if (taken.some((other) => overlaps(subnet, other))) continue
      return { subnet: formatSubnet(subnet), gateway: formatAddress(subnet.base + 1), reserved: [] }
    }
  }
  throw invalid(
    'network.pools-exhausted',
    'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
    { hint: 'Remove unused networks (docker network prune) or give --subnet.' },
  )
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
  const reserved = auxiliary.map(([, address]) => address)
  const pool: Pool = { subnet: formatSubnet(subnet), gateway: '', reserved }
  if (range) pool.range = formatSubnet(range)
  if (config.Gateway) {
    const gateway = config.Gateway.split('/')[0] ?? ''
    if (parseAddress(gateway) === undefined) {
      throw invalid('network.gateway', `invalid gateway address ${gateway} in Ipam configuration`)
    }
    if (!holds(subnet, gateway)) {
      throw invalid('network.gateway', `failed to allocate gateway (${gateway}): Requested address is out of range`)
    }
    if (reserved.includes(gateway)) {
      throw forbidden('network.gateway', `failed to allocate gateway (${gateway}): Address already in use`)
    }
    return { ...pool, gateway }
  }
  return { ...pool, gateway: freeAddress(pool, new Set(), '') }
}

function rangeOf(text: string, subnet: Subnet, pool: string): Subnet {
  const range = parseSubnet(text)
  if (!range || range.prefix < subnet.prefix || !contains(subnet, range.base)) {
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

/** The lowest free address of the pool: never the network's own, its broadcast address or the gateway. */
export function freeAddress(pool: Pool, taken: ReadonlySet<string>, networkName: string): string {
  const subnet = parsed(pool.subnet)
  const range = parsed(pool.range ?? pool.subnet)
  const size = 2 ** (32 - range.prefix)
  const usesEdges = subnet.prefix >= 31
  for (let offset = 0; offset < size; offset++) {
    const address = range.base + offset
    const edge = address === subnet.base || address === subnet.base + 2 ** (32 - subnet.prefix) - 1
    if (edge && !usesEdges) continue
    const text = formatAddress(address)
    if (text !== pool.gateway && !pool.reserved.includes(text) && !taken.has(text)) return text
  }
  throw invalid(
    'network.addresses-exhausted',
    `no available IPv4 addresses on this network's address pools: ${networkName} (${pool.range ?? pool.subnet})`,
  )
}

/** An address that was asked for by name. Throws Docker's messages. */
export function wantedAddress(pool: Pool, taken: ReadonlySet<string>, text: string): string {
  const address = parseAddress(text)
  if (address === undefined) throw invalid('network.address', `invalid IPv4 address: ${text}`)
  if (!contains(parsed(pool.subnet), address)) {
    throw invalid('network.address', `Invalid address ${text}: It does not belong to any of this network's subnets`)
  }
  if (text === pool.gateway || pool.reserved.includes(text) || taken.has(text)) {
    throw conflict('network.address-taken', 'Address already in use')
  }
  return text
}

function parsed(text: string): Subnet {
  const subnet = parseSubnet(text)
  if (!subnet) throw internal('network.subnet', `stored subnet ${text} is not a CIDR`)
  return subnet
}
