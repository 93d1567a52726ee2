import type { SwarmInfo } from '@essaim/api-types'
import { isKind, messageOf } from '@essaim/base'
import { hostAndPort } from '@essaim/protocol'
import { noLeader } from './messages.js'
import type { Joining } from './joining/joining.js'
import type { ClusterNode } from './cluster-node.js'
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
export async function swarmInfo(
  membership: Membership | undefined,
  joining: Joining | undefined,
  cluster: Pick<ClusterNode, 'nodes' | 'inspect'>,
): Promise<SwarmInfo> {
  if (joining) return pending(joining)
  if (!membership) return outside
  const { seat, state, remotes, trouble } = membership
  const isRefused = isKind(trouble, 'forbidden') || isKind(trouble, 'unauthorized')
  const own: SwarmInfo = {
    NodeID: state.nodeId,
    NodeAddr: hostAndPort(state.addresses.advertise).host,
    LocalNodeState: isRefused ? 'error' : 'active',
    ControlAvailable: seat !== undefined,
    Error: isRefused ? messageOf(trouble) : '',
    RemoteManagers: remotes.all.map(({ nodeId, address }) => ({ NodeID: nodeId, Addr: address })),
  }
  if (!seat) return own
  try {
    const [nodes, { JoinTokens: _, ...Cluster }] = await Promise.all([cluster.nodes.list({}), cluster.inspect()])
    const managers = nodes.filter((node) => node.Spec.Role === 'manager')
    return {
      ...own,
      Error: own.Error === '' && !(await seat.hasQuorum()) ? messageOf(noLeader()) : own.Error,
      RemoteManagers: managers.map((node) => ({ NodeID: node.ID, Addr: node.ManagerStatus?.Addr ?? '' })),
      Nodes: nodes.length,
      Managers: managers.length,
      Cluster,
    }
  } catch (error) {
    return { ...own, Error: messageOf(error) }
  }
}

function pending({ request, trouble }: Joining): SwarmInfo {
  const remotes = (request.RemoteAddrs ?? []).map((address) => ({ NodeID: '', Addr: address }))
  return { ...outside, LocalNodeState: 'pending', Error: trouble, RemoteManagers: remotes }
}
