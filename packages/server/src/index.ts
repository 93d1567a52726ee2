export type * from './backends.js'
