import type { NetworkState } from '@essaim/protocol'
import type { ClusterSelf } from '../contract.js'
import type { NetworkRecord } from '../records.js'
import type { Crossing } from '../rules/mesh.js'
import { tunnelName } from './tunnel.js'

/** What the mesh's rules have to know of each ingress network that is on this host. */
export function crossingsOf(
  states: NetworkState[],
  recordOf: (id: string) => NetworkRecord | undefined,
  self: ClusterSelf | undefined,
): Crossing[] {
  if (self === undefined) return []
  return states.flatMap((state): Crossing[] => {
    const { network, nodes, endpoints } = state
    const bridge = recordOf(network.ID)?.bridge
    const peers = nodes.filter(({ nodeId }) => nodeId !== self.nodeId)
    if (network.Spec.Ingress !== true || !bridge || peers.length === 0) return []
    const remote = endpoints.filter(({ nodeId }) => nodeId !== self.nodeId)
    return [
      {
        tunnel: tunnelName(network.ID),
        bridge: bridge.device,
        own: self.address,
        peers,
        remote: remote.map(({ nodeAddress, address }) => ({ node: nodeAddress, task: address })),
      },
    ]
  })
}
