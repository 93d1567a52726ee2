export { checkMember, ClusterAuthority, trustOf } from './authority.js'
export { checkedRoot, createRoot, crossSign, tlsInfo } from './root.js'
export type { RootCA } from './root.js'
export { createToken } from './tokens.js'
