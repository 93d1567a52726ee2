import { nodeHttp } from './node-http.js'
import type { Transport } from './transport.js'

export function httpTransport(host: string, port: number): Transport {
  return nodeHttp(`tcp://${host.includes(':') ? `[${host}]` : host}:${port}`, { host, port })
}
