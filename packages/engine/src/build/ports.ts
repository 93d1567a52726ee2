import { invalid } from '@essaim/base'

/** One word of `EXPOSE`: `80`, `80/udp`, `8000-8010/tcp`; an address and a port of the host before it count for nothing. */
export function parsePorts(text: string): string[] {
  const [place = '', protocol = 'tcp'] = text.split('/')
  if (!/^(tcp|udp|sctp)$/i.test(protocol)) throw invalid('build.port', `invalid proto: ${protocol}`)
  const container = place.split(':').at(-1) ?? ''
  const [, first = '', last = first] = /^(\d+)(?:-(\d+))?$/.exec(container) ?? []
  const [from, to] = [Number(first), Number(last)]
  if (first === '' || from > to || to > 65535) throw invalid('build.port', `invalid containerPort: ${container}`)
  return Array.from({ length: to - from + 1 }, (_, index) => `${from + index}/${protocol.toLowerCase()}`)
}
