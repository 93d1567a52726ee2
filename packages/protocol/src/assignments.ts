import type { ClusterNetwork, Config, EndpointPortConfig, Secret, Task } from '@essaim/api-types'

/** A live task that others can talk to on a network. */
export interface Endpoint {
  taskId: string
  /** Empty for a container that was attached by hand. */
  serviceId: string
  /** DNS names besides the service's: container name, task name, network aliases. */
  names: string[]
  nodeId: string
  /** Where its packets go: the node's data path address. */
  nodeAddress: string
  /** Without prefix length. */
  address: string
  mac: string
  /** Takes new connections: running (and healthy, with a health check), not being stopped. */
  ready: boolean
}

/** A service on a network, as names and balancing see it. */
export interface NetworkService {
  serviceId: string
  name: string
  aliases: string[]
  mode: 'vip' | 'dnsrr'
  /** Without prefix length; present in mode vip. */
  vip?: string
  /** Ingress ports to publish on every node; given on the ingress network only. */
  ports: EndpointPortConfig[]
}

/** A node as the others' mesh knows it. */
export interface MeshNode {
  nodeId: string
  /** From 1 to 4094. */
  number: number
  /** Its data path address. */
  address: string
}

/** All that a node needs to know of one network: whole, not a difference. */
export interface NetworkState {
  network: ClusterNetwork
  /** UDP port that carries the network's packets between nodes. */
  dataPathPort: number
  services: NetworkService[]
  endpoints: Endpoint[]
  /** All nodes of the cluster; given on the ingress network only. */
  nodes: MeshNode[]
}

export type AssignmentItem =
  | { kind: 'task'; task: Task }
  | { kind: 'secret'; secret: Secret }
  | { kind: 'config'; config: Config }
  | { kind: 'network'; state: NetworkState }

export type AssignmentChange =
  { action: 'update'; item: AssignmentItem } | { action: 'remove'; kind: AssignmentItem['kind']; id: string }

/**
 * `complete` replaces all that the agent knew. `incremental` applies to the state that `appliesTo` names; an agent that
 * has another asks again for a complete one. Within a message: secrets, configs and networks come before tasks.
 */
export interface AssignmentsMessage {
  type: 'complete' | 'incremental'
  appliesTo: string
  resultsIn: string
  changes: readonly AssignmentChange[]
}
