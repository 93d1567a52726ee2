export { HostCalls, type RemoteAnswer } from './calls.js'
