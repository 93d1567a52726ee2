import type { IPAMConfig, NetworkCreateRequest } from '@essaim/api-types'
import { forbidden, notImplemented } from '@essaim/base'
import { familyOf, parseSubnet, type Family, type Subnet } from '../ipam/address.js'
import { defaultPool } from '../ipam/default-pools.js'
import { givenPool, type Pool } from '../ipam/pools.js'
import { segmentOf, type NetworkRecord, type Segment } from '../records.js'
import type { Surroundings } from './create.js'

/** Where a new network's addresses come from, and what its inspection shows of it. */
export interface Addressing extends Pick<Segment, 'pool' | 'pool6' | 'userSubnet'> {
  config: IPAMConfig[]
}

/** One subnet of each family at most; those that the user did not name are chosen. Throws Docker's messages. */
export function addressing(request: NetworkCreateRequest, around: Surroundings): Addressing {
  if (request.EnableIPv4 === false) {
    throw notImplemented('network.without-ipv4', 'IPv4 cannot be disabled in a network', {
      hint: 'Create it without --ipv4=false; with --ipv6 its containers have addresses of both families.',
    })
  }
  const configs = (request.IPAM?.Config ?? []).filter((config) => Object.keys(config).length > 0)
  const of = (family: Family): IPAMConfig[] => configs.filter((config) => familyOf(config.Subnet ?? '') === family)
  const [given, given6] = [of(4), of(6)]
  if (given.length > 1 || given6.length > 1) {
    throw forbidden('network.subnets', `${request.Driver || 'bridge'} driver doesn't support multiple subnets`)
  }
  const pool = poolOf(given[0], 4, around)
  const pool6 = request.EnableIPv6 === true ? poolOf(given6[0], 6, around) : undefined
  return {
    pool,
    ...(pool6 && { pool6 }),
    userSubnet: given.length > 0,
    // What the user gave is shown as given; what was chosen is shown in full.
    config: [
      ...(given.length > 0 ? [] : [shown(pool)]),
      ...configs,
      ...(pool6 && given6.length === 0 ? [shown(pool6)] : []),
    ],
  }
}

export const shown = ({ subnet, gateway }: Pool): IPAMConfig => ({ Subnet: subnet, Gateway: gateway })

/** Chosen pools keep clear of the host's routes; a subnet that the user names is the user's to answer for, as in Docker. */
function poolOf(config: IPAMConfig | undefined, family: Family, around: Surroundings): Pool {
  const taken = subnetsOf(around.networks)
  return config ? givenPool(config, taken) : defaultPool([...taken, ...around.routes], around.pools, family)
}

/** The subnets of networks, in both families. */
export function subnetsOf(networks: NetworkRecord[]): Subnet[] {
  return networks.flatMap((network) => {
    const segment = segmentOf(network)
    return [segment?.pool, segment?.pool6].flatMap((pool) => (pool && parseSubnet(pool.subnet)) ?? [])
  })
}
