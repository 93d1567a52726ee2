export { LogBroker } from './broker.js'
export type { LogTarget } from './broker.js'
