import { nowNano, type Ids } from '@essaim/base'
import { defaultPool } from '../ipam/default-pools.js'
import type { Pool } from '../ipam/pools.js'
import type { NetworkRecord } from '../records.js'
import { subnetsOf } from './addressing.js'
import type { Surroundings } from './create.js'

/** A network that the engine makes for itself. */
export function plain(name: string, driver: NetworkRecord['driver'], ids: Ids): NetworkRecord {
  return {
    id: ids.hex64(),
    name,
    created: nowNano(),
    driver,
    scope: 'local',
    internal: false,
    attachable: false,
    ingress: false,
    configOnly: false,
    configFrom: '',
    enableIPv6: false,
    ipam: { Driver: 'default', Config: [] },
    options: {},
    labels: {},
  }
}

/** A subnet that nobody uses. */
export function freePool(around: Surroundings): Pool {
  return defaultPool([...subnetsOf(around.networks), ...around.routes], around.pools)
}
