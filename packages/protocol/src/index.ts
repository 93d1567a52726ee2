export * from './assignments.js'
export * from './dispatcher.js'
