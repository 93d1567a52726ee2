export * from './assignments.js'
export * from './dispatcher.js'
export * from './rpc/index.js'
