import { nodeHttp } from './node-http.js'
import type { Transport } from './transport.js'

export function unixTransport(path: string): Transport {
  return nodeHttp(`unix://${path}`, { socketPath: path })
}
