import { invalid, nowNano, type Ids } from '@essaim/base'
import { formatSubnet, parseSubnet } from '../ipam/address.js'
import { defaultPool } from '../ipam/default-pools.js'
import type { Pool } from '../ipam/pools.js'
import type { NetworkRecord } from '../records.js'
import { wayOutName } from '../sandbox/hidden.js'
import { shown, subnetsOf } from './addressing.js'
import type { Surroundings } from './create.js'

/** Docker's three networks that are always there; those that are missing. */
export function missingPredefined(around: Surroundings, device: string, bip?: string): NetworkRecord[] {
  const has = (name: string): boolean => around.networks.some((network) => network.name === name)
  return [
    ...(has('none') ? [] : [plain('none', 'null', around.ids)]),
    ...(has('host') ? [] : [plain('host', 'host', around.ids)]),
    ...(has('bridge') ? [] : [defaultBridge(around, device, bip)]),
  ]
}

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

/** `bip` is its address with a prefix length, as dockerd's option. */
function defaultBridge(around: Surroundings, device: string, bip: string | undefined): NetworkRecord {
  const mtu = around.uplinkMtu
  const pool = bip === undefined ? freePool(around) : poolOfBridge(bip)
  return withBridge(plain('bridge', 'bridge', around.ids), pool, device, mtu, true, {
    'com.docker.network.bridge.default_bridge': 'true',
    'com.docker.network.bridge.enable_icc': 'true',
    'com.docker.network.bridge.enable_ip_masquerade': 'true',
    'com.docker.network.bridge.host_binding_ipv4': '0.0.0.0',
    'com.docker.network.bridge.name': device,
    'com.docker.network.driver.mtu': String(mtu),
  })
}

/** The bridge by which cluster tasks reach the outside; they do not reach one another there. */
export function wayOut(around: Surroundings): NetworkRecord {
  return withBridge(plain(wayOutName, 'bridge', around.ids), freePool(around), wayOutName, around.uplinkMtu, false, {
    'com.docker.network.bridge.enable_icc': 'false',
    'com.docker.network.bridge.enable_ip_masquerade': 'true',
    'com.docker.network.bridge.name': wayOutName,
  })
}

function withBridge(
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

function freePool(around: Surroundings): Pool {
  return defaultPool([...subnetsOf(around.networks), ...around.routes], around.pools)
}

/** Throws for what is no address with a prefix length. */
export function poolOfBridge(bip: string): Pool {
  const subnet = parseSubnet(bip)
  const [gateway = ''] = bip.split('/')
  if (!subnet) throw invalid('daemon.bip', `invalid bridge IP ${bip}: an address with a prefix length is needed`)
  return { subnet: formatSubnet(subnet), gateway, reserved: [] }
}
