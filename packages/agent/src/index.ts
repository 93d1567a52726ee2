export { Agent, type AgentOptions } from './agent.js'
export type { Runtime } from './runtime.js'
export type { KeptTask, TaskTable } from './worker.js'
export { Backoff } from './session/backoff.js'
