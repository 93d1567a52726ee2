export * from './contract.js'
export { placeIn } from './subpath.js'
export { Volumes, type VolumesOptions } from './volumes.js'
