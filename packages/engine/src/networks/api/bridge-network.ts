import type { NetworkCreateRequest } from '@essaim/api-types'
import { forbidden, shortId } from '@essaim/base'
import type { NetworkRecord } from '../records.js'
import { addressing } from './addressing.js'
import type { Surroundings } from './create.js'
import { parseOptions } from './options.js'

/** Decides about a network of the bridge driver. Throws Docker's messages. */
export function bridgeNetwork(
  record: NetworkRecord,
  request: NetworkCreateRequest,
  around: Surroundings,
): NetworkRecord {
  const options = parseOptions(record.options)
  const { config, ...pools } = addressing(request, around)
  const device = options.device ?? `br-${shortId(record.id)}`
  const same = around.networks.find((network) => network.bridge?.device === device)
  if (same) {
    const message = `cannot create network ${record.id} (${device}): conflicts with network ${same.id} (${device}): networks have same bridge name`
    throw forbidden('network.bridge-taken', message)
  }
  return {
    ...record,
    enableIPv6: request.EnableIPv6 ?? false,
    ipam: { ...record.ipam, Config: config },
    bridge: {
      ...pools,
      device,
      mtu: options.mtu ?? around.uplinkMtu,
      icc: options.icc,
      masquerade: options.masquerade,
      hostBinding: options.hostBinding,
      ...(options.routed.length > 0 && { routed: options.routed }),
      ...(options.interfacePrefix !== undefined && { interfacePrefix: options.interfacePrefix }),
    },
  }
}
