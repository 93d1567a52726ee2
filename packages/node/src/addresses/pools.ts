import { isIPv4 } from 'node:net'
import { invalid } from '@essaim/base'

/** The pools that overlay networks get their subnets from; throws Docker's refusal of one that is no CIDR. */
export function checkedPools(pools: string[]): string[] {
  for (const pool of pools) {
    const [address = '', prefix = '', ...rest] = pool.split('/')
    if (isIPv4(address) && /^\d{1,2}$/.test(prefix) && Number(prefix) <= 32 && rest.length === 0) continue
    throw invalid('swarm.address-pool', `invalid base pool ${pool}: invalid CIDR address: ${pool}`)
  }
  return pools
}
