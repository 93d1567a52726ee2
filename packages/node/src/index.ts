export { ClusterNode, type ClusterNodeOptions } from './cluster-node.js'
export { MergedNetworks } from './networks/merged.js'
export type { LocalNetworks, NetworksHost, SwarmNetworks } from './networks/contract.js'
export { SystemInSwarm, type LocalSystem } from './system.js'
