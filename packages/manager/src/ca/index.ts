export { createRoot, tlsInfo } from './root.js'
export type { RootCA } from './root.js'
export { createToken } from './tokens.js'
