export { EventBus } from './events/bus.js'
export { EngineDb, type Table } from './state/db.js'
export type { ClusterNetworks } from './networks/contract.js'
