import type { NetworkState } from '@essaim/protocol'
import { parseMtu } from '../api/options.js'
import type { NetworkRecord } from '../records.js'

/** What VXLAN adds to a packet: outer Ethernet, IP, UDP and its own header. */
const vxlanOverhead = 50

/** A cluster network as this host keeps it. */
export function recordOf({ network }: NetworkState, uplinkMtu: number): NetworkRecord {
  const { Spec: spec, Internal: inner } = network
  const options = network.DriverState?.Options ?? spec.DriverConfiguration?.Options ?? {}
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
      mtu: parseMtu(options) ?? uplinkMtu - vxlanOverhead,
      icc: true,
      masquerade: ingress,
      hostBinding: '0.0.0.0',
      userSubnet: true,
    },
  }
}
