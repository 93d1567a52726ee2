import type {
  Filters,
  Identity,
  Network,
  NetworkConnectRequest,
  NetworkCreateRequest,
  NetworkCreateResponse,
  NetworkDisconnectRequest,
} from '@essaim/api-types'

/** Local networks and, in a swarm, the cluster's, as one list. */
export interface NetworksBackend {
  list(filters: Filters): Promise<Network[]>
  inspect(ref: string, options: { verbose: boolean; scope?: string }): Promise<Network>
  create(request: NetworkCreateRequest, caller: Identity): Promise<NetworkCreateResponse>
  remove(ref: string, caller: Identity): Promise<void>
  connect(ref: string, request: NetworkConnectRequest): Promise<void>
  disconnect(ref: string, request: NetworkDisconnectRequest): Promise<void>
  prune(filters: Filters, caller: Identity): Promise<{ NetworksDeleted: string[] | null }>
}
