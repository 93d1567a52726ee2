import type { SwarmJoinRequest } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import { resolveAddresses, type NodeAddresses } from '../addresses/resolve.js'
import type { SystemAddress } from '../addresses/system.js'
import type { NodeState } from '../state-file.js'
import type { Joined } from './attempt.js'
import { digestOf } from './token.js'

/** The request as it can be tried, or Docker's refusal of what can never be. */
export function checkedJoin(request: SwarmJoinRequest, all: SystemAddress[]): SwarmJoinRequest {
  // What is not given is seen when a manager is reached; any address does for looking at what is.
  addressesOf(request, '127.0.0.1', all)
  const remotes = request.RemoteAddrs ?? []
  if (remotes.length === 0) throw invalid('swarm.remote-addrs', 'at least 1 RemoteAddr is required to join')
  digestOf(request.JoinToken ?? '')
  return { ...request, RemoteAddrs: remotes.map(withPort) }
}

/** What is written down of a join that came about. */
export function joinedState(
  { certified, remote, local }: Joined,
  request: SwarmJoinRequest,
  all: SystemAddress[],
): NodeState {
  const { nodeId, role, clusterId } = certified
  return {
    nodeId,
    role,
    clusterId,
    addresses: addressesOf(request, local, all),
    managers: [{ nodeId: '', address: remote }],
    store: role === 'manager' ? 'entering' : 'lmdb',
    leaving: false,
  }
}

/** Where it says nothing, a node is where it was seen from the manager. */
function addressesOf(request: SwarmJoinRequest, local: string, all: SystemAddress[]): NodeAddresses {
  const { ListenAddr = '0.0.0.0:2377', AdvertiseAddr, DataPathAddr } = request
  const given = {
    ListenAddr: ListenAddr === '' ? '0.0.0.0:2377' : ListenAddr,
    ...(AdvertiseAddr !== undefined && { AdvertiseAddr }),
    ...(DataPathAddr !== undefined && { DataPathAddr }),
  }
  return resolveAddresses(given, all, [{ interface: '', address: local.replace(/^::ffff:/, '') }])
}

/** Managers listen on 2377 where nothing else is said. */
const withPort = (address: string): string =>
  /:\d+$/.test(address) && (!address.includes('::') || address.startsWith('[')) ? address : `${address}:2377`
