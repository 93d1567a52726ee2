import type { ContainerConfig } from '@essaim/api-types'

export interface LinkedContainer {
  /** Without slash. */
  owner: string
  alias: string
  address: string
  config: ContainerConfig
}

interface LinkPort {
  number: number
  protocol: string
}

/** What the images of old read of a linked container: where its ports are, and its own variables. Docker's names. */
export function linkEnvironment({ owner, alias, address, config }: LinkedContainer): string[] {
  const name = alias.toUpperCase().replaceAll('-', '_')
  const ports = portsOf(config)
  const url = ({ protocol, number }: LinkPort): string => `${protocol}://${address}:${number}`
  const key = ({ number, protocol }: LinkPort): string => `${name}_PORT_${number}_${protocol.toUpperCase()}`
  const [first] = ports
  const own = (config.Env ?? []).filter((pair) => pair.includes('=') && !/^(HOME|PATH)=/.test(pair))
  return [
    ...(first ? [`${name}_PORT=${url(first)}`] : []),
    ...rangesOf(ports).flatMap(([start, end]) => [
      `${key(start)}_START=${url(start)}`,
      `${key(start)}_PORT_START=${start.number}`,
      `${key(start)}_END=${url(end)}`,
      `${key(start)}_PORT_END=${end.number}`,
    ]),
    ...ports.flatMap((port) => [
      `${key(port)}=${url(port)}`,
      `${key(port)}_ADDR=${address}`,
      `${key(port)}_PORT=${port.number}`,
      `${key(port)}_PROTO=${port.protocol}`,
    ]),
    `${name}_NAME=/${owner}/${alias}`,
    ...own.map((pair) => `${name}_ENV_${pair}`),
  ]
}

function portsOf({ ExposedPorts: exposed = {} }: ContainerConfig): LinkPort[] {
  const all = Object.keys(exposed).map((port): LinkPort => {
    const [number = '', protocol = 'tcp'] = port.split('/')
    return { number: Number(number), protocol }
  })
  return all.toSorted((a, b) => a.number - b.number || a.protocol.localeCompare(b.protocol))
}

/** Rows of ports of one protocol without a gap: first and last of each that has more than one. */
function rangesOf(ports: LinkPort[]): [LinkPort, LinkPort][] {
  const rows: [LinkPort, LinkPort][] = []
  for (const port of ports) {
    const row = rows.at(-1)
    if (row && row[1].number + 1 === port.number && row[0].protocol === port.protocol) row[1] = port
    else rows.push([port, port])
  }
  return rows.filter(([start, end]) => start !== end)
}
