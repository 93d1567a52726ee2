import type { PortMap } from '@essaim/api-types'
import { invalid } from '@essaim/base'
import type { Protocol } from '../records.js'

/** One port of a container that is to be published. */
export interface PortWish {
  protocol: Protocol
  containerPort: number
  /** Empty: the network's default address. */
  hostIp: string
  /** First and last port to try; undefined for any free one. */
  range: [number, number] | undefined
}

export interface ParsedPorts {
  wishes: PortWish[]
  /** Exposed, not published: `80/tcp`. */
  exposed: string[]
}

/** Reads the bindings and the exposed ports of a container. Throws for what is no port. */
export function parsePorts(bindings: PortMap, exposed: string[], publishAll: boolean): ParsedPorts {
  const wishes: PortWish[] = []
  for (const [key, list] of Object.entries(bindings).sort(byPort)) {
    const { containerPort, protocol } = parsePort(key)
    for (const binding of list.length > 0 ? list : [{}]) {
      wishes.push({ protocol, containerPort, hostIp: binding.HostIp ?? '', range: parseRange(binding.HostPort ?? '') })
    }
  }
  const bound = (key: string): boolean => bindings[key] !== undefined
  const rest = exposed.filter((key) => !bound(key))
  if (!publishAll) return { wishes, exposed: rest }
  for (const key of rest) wishes.push({ ...parsePort(key), hostIp: '', range: undefined })
  return { wishes, exposed: [] }
}

function parsePort(key: string): { containerPort: number; protocol: Protocol } {
  const [port, protocol = 'tcp'] = key.split('/')
  const containerPort = Number(port)
  if (!Number.isInteger(containerPort) || containerPort < 1 || containerPort > 65535) {
    throw invalid('container.port', `invalid port specification: "${key}"`)
  }
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp') {
    throw invalid('container.port-protocol', `invalid protocol in "${key}": tcp, udp and sctp ports can be published`)
  }
  return { containerPort, protocol }
}

function parseRange(text: string): [number, number] | undefined {
  if (text === '' || text === '0') return undefined
  const [first, last = first] = text.split('-').map(Number)
  const sound = (port: number | undefined): port is number =>
    port !== undefined && Number.isInteger(port) && port >= 1 && port <= 65535
  if (!sound(first) || !sound(last) || last < first) {
    throw invalid('container.host-port', `invalid port specification: "${text}"`)
  }
  return [first, last]
}

function byPort([a]: [string, unknown], [b]: [string, unknown]): number {
  return Number.parseInt(a, 10) - Number.parseInt(b, 10)
}
