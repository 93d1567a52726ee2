export * from './daemon.js'
export * from './images.js'
export * from './leftovers.js'
export * from './netns.js'
