export * from './contract.js'
export { Volumes, type VolumesOptions } from './volumes.js'
