import type { Pool } from '../ipam/pools.js'
import type { NetworkRecord } from '../records.js'
import { wayOutName } from '../sandbox/hidden.js'
import { shown } from './addressing.js'
import type { Surroundings } from './create.js'
import { defaultBridge, usualBridge, type DefaultBridge } from './default-bridge.js'
import { freePool, plain } from './plain.js'

/** Docker's three networks that are always there; those that are missing. */
export function missingPredefined(
  around: Surroundings,
  device: string,
  settings: DefaultBridge = usualBridge,
): NetworkRecord[] {
  const has = (name: string): boolean => around.networks.some((network) => network.name === name)
  return [
    ...(has('none') ? [] : [plain('none', 'null', around.ids)]),
    ...(has('host') ? [] : [plain('host', 'host', around.ids)]),
    ...(has('bridge') ? [] : [defaultBridge(around, device, settings)]),
  ]
}

/** The bridge by which cluster tasks reach the outside; they do not reach one another there. */
export function wayOut(around: Surroundings): NetworkRecord {
  return withBridge(plain(wayOutName, 'bridge', around.ids), freePool(around), wayOutName, around.uplinkMtu, false, {
    'com.docker.network.bridge.enable_icc': 'false',
    'com.docker.network.bridge.enable_ip_masquerade': 'true',
    'com.docker.network.bridge.name': wayOutName,
  })
}

export function withBridge(
  record: NetworkRecord,
  pool: Pool,
  device: string,
  mtu: number,
  icc: boolean,
  options: Record<string, string>,
): NetworkRecord {
  return {
    ...record,
    ipam: { Driver: 'default', Config: [shown(pool)] },
    options,
    bridge: { device, pool, mtu, icc, masquerade: true, hostBinding: '0.0.0.0', userSubnet: false },
  }
}
