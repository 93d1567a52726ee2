import { isIP } from 'node:net'

export interface ShortPort {
  /** The address that a stack ignores. */
  ip: string
  /** 0 lets the swarm choose. */
  published: number
  target: number
  protocol: string
}

/**
 * `[[address:]published:]target[/protocol]`, where published and target may be ranges: of the same length, or a range
 * of published ports for one target. Answers a sentence for what is none.
 */
export function parsePorts(spec: string): ShortPort[] | string {
  const [rest = '', protocol = 'tcp', ...more] = spec.split('/')
  if (more.length > 0 || !/^(tcp|udp|sctp)$/i.test(protocol)) return 'the protocol must be tcp, udp or sctp'
  const [, ip = '', host, container = ''] = /^(?:(?:(.*):)?([^:]*):)?([^:]*)$/.exec(rest) ?? []
  const address = ip.replace(/^\[|\]$/g, '')
  if (address !== '' && isIP(address) === 0) return `${JSON.stringify(address)} is no IP address`
  const target = range(container)
  if (typeof target === 'string') return `the container's port ${target}`
  const published = host === undefined || host === '' ? undefined : range(host)
  if (typeof published === 'string') return `the published port ${published}`

  const span = target.end - target.start
  const many = published ? published.end - published.start : span
  if (many !== span && span !== 0) return `the ranges ${host} and ${container} differ in length`
  return Array.from({ length: Math.max(span, many) + 1 }, (_, index) => ({
    ip: address,
    published: published ? published.start + index : 0,
    target: span === 0 ? target.start : target.start + index,
    protocol: protocol.toLowerCase(),
  })).toSorted((a, b) => compare(`${a.target}`, `${b.target}`))
}

function range(text: string): { start: number; end: number } | string {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? []
  const [start, end] = [Number(first), Number(last)]
  if (first === undefined || start > 65535 || end > 65535) return `${JSON.stringify(text)} is no number up to 65535`
  return end < start ? `${JSON.stringify(text)} ends before it starts` : { start, end }
}

/** The stock CLI sorts a range's ports as text. */
const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
