import type { NetworkState } from '@essaim/protocol'
import { parseMtu } from '../api/options.js'
import type { NetworkRecord } from '../records.js'

/** What VXLAN adds to a packet: outer Ethernet, IP, UDP and its own header. */
const vxlanOverhead = 50

/** What the network's option says, or what fits into the packets of the link that carries it. */
export function mtuOf({ network }: NetworkState, uplinkMtu: number): number {
  return parseMtu(optionsOf(network)) ?? uplinkMtu - vxlanOverhead
}

const optionsOf = ({ DriverState, Spec }: NetworkState['network']): Record<string, string> =>
  DriverState?.Options ?? Spec.DriverConfiguration?.Options ?? {}

/** A cluster network as this host keeps it. */
export function recordOf({ network }: NetworkState, mtu: number): NetworkRecord {
  const { Spec: spec, Internal: inner } = network
  const options = optionsOf(network)
  const ingress = spec.Ingress === true
  return {
    id: network.ID,
    name: spec.Name,
    created: network.CreatedAt,
    driver: 'overlay',
    scope: 'swarm',
    internal: spec.Internal === true,
    attachable: spec.Attachable === true,
    ingress,
    configOnly: false,
    configFrom: '',
    enableIPv6: false,
    ipam: network.IPAMOptions ?? { Driver: 'default', Config: [{ Subnet: inner.Subnet, Gateway: inner.Gateway }] },
    options,
    labels: spec.Labels ?? {},
    bridge: {
      device: ingress ? 'br-ingress' : `br-${network.ID.slice(0, 12)}`,
      pool: { subnet: inner.Subnet, gateway: inner.Gateway, reserved: [] },
      mtu,
      icc: true,
      masquerade: ingress,
      hostBinding: '0.0.0.0',
      userSubnet: true,
    },
  }
}
