import type {
  Filters,
  Identity,
  Network,
  NetworkConnectRequest,
  NetworkCreateRequest,
  NetworkCreateResponse,
  NetworkDisconnectRequest,
} from '@essaim/api-types'

/** The networks of this host, as the engine keeps them. */
export interface LocalNetworks {
  list(filters: Filters): Promise<Network[]>
  inspect(ref: string, options: { verbose: boolean; scope?: string }): Promise<Network>
  create(request: NetworkCreateRequest, caller: Identity): Promise<NetworkCreateResponse>
  remove(ref: string, caller: Identity): Promise<void>
  connect(ref: string, request: NetworkConnectRequest): Promise<void>
  disconnect(ref: string, request: NetworkDisconnectRequest): Promise<void>
  prune(filters: Filters, caller: Identity): Promise<{ NetworksDeleted: string[] | null }>
}

/** The networks of the cluster, as a manager keeps them. */
export interface SwarmNetworks {
  list(filters: Filters): Promise<Network[]>
  inspect(ref: string): Promise<Network>
  create(request: NetworkCreateRequest, caller: Identity): Promise<NetworkCreateResponse>
  remove(ref: string, caller: Identity): Promise<void>
}

/** What the merged networks ask of the node that they are on. */
export interface NetworksHost {
  local: LocalNetworks
  /** Throws `No such container: REF`. */
  checkContainer(ref: string): Promise<void>
  /** Undefined outside of a swarm, and on workers. */
  swarm(): SwarmNetworks | undefined
  /** Why the cluster's networks cannot be changed here, where `swarm` is undefined. */
  refusal(): Error
  /** This node as a peer of overlay networks: its name and its data path address. */
  peer(): { Name: string; IP: string } | undefined
}
