export { ManagerDispatcher } from './dispatcher.js'
export { macOf } from './network-state.js'
