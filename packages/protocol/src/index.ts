export * from './assignments.js'
export * from './dispatcher.js'
export * from './host-calls.js'
export * from './rpc/index.js'
