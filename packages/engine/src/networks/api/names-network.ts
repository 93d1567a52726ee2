import type { NetworkRecord } from '../records.js'
import { namesNetworkName } from '../sandbox/hidden.js'
import { plain } from './plain.js'
import type { Surroundings } from './create.js'

/**
 * Where the containers of a macvlan or ipvlan network ask for names: they do not reach the host by their own
 * interfaces. Nothing but questions passes, and they do not see one another there.
 */
export function namesNetwork({ ids }: Surroundings): NetworkRecord {
  return {
    ...plain(namesNetworkName, 'bridge', ids),
    internal: true,
    hidden: true,
    bridge: {
      device: namesNetworkName,
      // Link-local (RFC 3927): nobody routes it, and it meets no subnet of a user.
      pool: { subnet: '169.254.48.0/20', gateway: '169.254.48.1', reserved: [] },
      mtu: 1500,
      icc: false,
      masquerade: false,
      hostBinding: '0.0.0.0',
      userSubnet: false,
      interfacePrefix: 'names',
    },
  }
}
