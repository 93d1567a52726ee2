import type { SwarmInfo } from '@essaim/api-types'
import type { Membership } from './membership.js'

const outside: SwarmInfo = {
  NodeID: '',
  NodeAddr: '',
  LocalNodeState: 'inactive',
  ControlAvailable: false,
  Error: '',
  RemoteManagers: null,
}

/** The `Swarm` part of `docker info`. */
export async function swarmInfo(membership: Membership | undefined): Promise<SwarmInfo> {
  if (!membership) return outside
  const { manager, state } = membership
  const nodes = await manager.nodes.list({})
  const managers = nodes.filter((node) => node.Spec.Role === 'manager')
  const { JoinTokens: _, ...cluster } = await manager.cluster.inspect()
  const [host = ''] = state.addresses.advertise.split(/:\d+$/)
  return {
    NodeID: state.nodeId,
    NodeAddr: host,
    LocalNodeState: 'active',
    ControlAvailable: true,
    Error: '',
    RemoteManagers: managers.map((node) => ({ NodeID: node.ID, Addr: node.ManagerStatus?.Addr ?? '' })),
    Nodes: nodes.length,
    Managers: managers.length,
    Cluster: cluster,
  }
}
