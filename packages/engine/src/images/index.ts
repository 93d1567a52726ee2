export * from './contract.js'
export { Images, type ImagesOptions } from './images.js'
