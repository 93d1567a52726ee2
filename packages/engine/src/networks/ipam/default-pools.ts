import { invalid } from '@essaim/base'
import { formatAddress, formatSubnet, overlaps, parseSubnet, sizeOf, type Family, type Subnet } from './address.js'
import type { Pool } from './pools.js'

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

/** Unique local addresses of one engine (RFC 4193: fd, 40 random bits), a /64 for each network, as Docker since 27. */
export function uniqueLocalPool(randomHex: string): AddressPool {
  const groups = [`fd${randomHex.slice(0, 2)}`, randomHex.slice(2, 6), randomHex.slice(6, 10)]
  return { base: `${groups.join(':')}::/48`, size: 64 }
}

/** A pool may hold more pieces than anybody tries: whoever looks stops at the first that fits. */
function* piecesOf({ base, size }: AddressPool, family: Family): Generator<Subnet> {
  const whole = parseSubnet(base)
  if (!whole || whole.family !== family || size < whole.prefix || size > (family === 4 ? 30 : 126)) return
  const step = sizeOf({ family, prefix: size })
  for (let offset = 0n; offset < sizeOf(whole); offset += step) {
    yield { family, base: whole.base + offset, prefix: size }
  }
}

/** The first piece of the pools that meets neither another network nor a route of the host. */
export function defaultPool(taken: Subnet[], pools: AddressPool[] = dockerPools, family: Family = 4): Pool {
  for (const pool of pools) {
    for (const subnet of piecesOf(pool, family)) {
      if (taken.some((other) => overlaps(subnet, other))) continue
      const gateway = formatAddress({ family, value: subnet.base + 1n })
      return { subnet: formatSubnet(subnet), gateway, reserved: [] }
    }
  }
  throw invalid(
    'network.pools-exhausted',
    `could not find an available, non-overlapping IPv${family} address pool among the defaults to assign to the network`,
    { hint: 'Remove unused networks (docker network prune) or give --subnet.' },
  )
}
