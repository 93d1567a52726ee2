import { invalid, type Ids } from '@essaim/base'
import { contains, formatSubnet, parseAddress, parseSubnet } from '../ipam/address.js'
import { defaultPool } from '../ipam/default-pools.js'
import { freeAddress, type Pool } from '../ipam/pools.js'
import type { Bridge, NetworkRecord } from '../records.js'
import { shown, subnetsOf } from './addressing.js'
import type { Surroundings } from './create.js'
import { freePool, plain } from './plain.js'

/** dockerd's options for its default bridge. */
export interface DefaultBridge {
  /** Its address with a prefix length. */
  bip?: string
  /** Part of its subnet from which addresses are given. */
  fixedCidr?: string
  ipv6: boolean
  fixedCidr6?: string
  icc: boolean
  masquerade: boolean
  /** Where ports are published when the request names no address. */
  hostBinding: string
}

export const usualBridge: DefaultBridge = { ipv6: false, icc: true, masquerade: true, hostBinding: '0.0.0.0' }

export function defaultBridge(around: Surroundings, device: string, settings: DefaultBridge): NetworkRecord {
  const { bip, icc, masquerade, hostBinding } = settings
  const pool = withRange(bip === undefined ? freePool(around) : poolOfBridge(bip), settings.fixedCidr)
  const pool6 = settings.ipv6 ? poolOf6(around, settings.fixedCidr6) : undefined
  const bridge: Bridge = {
    device,
    pool,
    ...(pool6 && { pool6 }),
    mtu: around.uplinkMtu,
    icc,
    masquerade,
    hostBinding,
    userSubnet: false,
  }
  const { range } = pool
  return {
    ...plain('bridge', 'bridge', around.ids),
    enableIPv6: settings.ipv6,
    ipam: {
      Driver: 'default',
      Config: [{ ...shown(pool), ...(range !== undefined && { IPRange: range }) }, ...(pool6 ? [shown(pool6)] : [])],
    },
    options: {
      'com.docker.network.bridge.default_bridge': 'true',
      'com.docker.network.bridge.enable_icc': String(icc),
      'com.docker.network.bridge.enable_ip_masquerade': String(masquerade),
      'com.docker.network.bridge.host_binding_ipv4': hostBinding,
      'com.docker.network.bridge.name': device,
      'com.docker.network.driver.mtu': String(around.uplinkMtu),
    },
    bridge,
  }
}

/**
 * The default bridge as it is to be, where it was made with other options; undefined for no difference. A subnet that
 * nobody named stays.
 */
export function changedBridge(
  record: NetworkRecord,
  around: Surroundings,
  settings: DefaultBridge,
): NetworkRecord | undefined {
  const { bridge } = record
  if (!bridge) return undefined
  const others = around.networks.filter((network) => network !== record)
  const kept = settings.bip ?? `${bridge.pool.gateway}/${bridge.pool.subnet.split('/')[1] ?? ''}`
  const kept6 = settings.fixedCidr6 ?? bridge.pool6?.subnet
  const ids: Ids = around.ids
  const wanted = defaultBridge({ ...around, networks: others, ids, uplinkMtu: bridge.mtu }, bridge.device, {
    ...settings,
    bip: kept,
    ...(kept6 !== undefined && { fixedCidr6: kept6 }),
  })
  const next = { ...wanted, id: record.id, created: record.created }
  return JSON.stringify(next.bridge) === JSON.stringify(bridge) ? undefined : next
}

/** Throws for what is no address with a prefix length. */
function poolOfBridge(bip: string): Pool {
  const subnet = parseSubnet(bip)
  const [gateway = ''] = bip.split('/')
  if (!subnet) throw invalid('daemon.bip', `invalid bridge IP ${bip}: an address with a prefix length is needed`)
  return { subnet: formatSubnet(subnet), gateway, reserved: [] }
}

function withRange(pool: Pool, range: string | undefined): Pool {
  if (range === undefined) return pool
  const [inner, outer] = [parseSubnet(range), parseSubnet(pool.subnet)]
  const first = inner && parseAddress(range.split('/')[0] ?? '')
  if (!inner || !outer || !first || !contains(outer, first) || inner.prefix < outer.prefix) {
    throw invalid('daemon.fixed-cidr', `--fixed-cidr ${range} is not inside the default bridge's subnet ${pool.subnet}`)
  }
  return { ...pool, range: formatSubnet(inner) }
}

function poolOf6(around: Surroundings, given: string | undefined): Pool {
  const taken = [...subnetsOf(around.networks), ...around.routes]
  const subnet = given === undefined ? undefined : parseSubnet(given)
  if (!subnet) return defaultPool(taken, around.pools, 6)
  const pool: Pool = { subnet: formatSubnet(subnet), gateway: '', reserved: [] }
  return { ...pool, gateway: freeAddress(pool, new Set(), 'bridge') }
}
