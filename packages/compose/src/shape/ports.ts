import { problem, shown } from '../problem.js'
import { plain } from '../source/node.js'
import { inside, list, type Reader, refuse } from '../read/reader.js'
import { record } from '../read/record.js'
import { oneOf, text, whole } from '../read/scalars.js'
import { parsePorts } from '../units/ports.js'

export interface PortModel {
  target?: number
  published?: number
  protocol?: 'tcp' | 'udp' | 'sctp'
  mode?: 'ingress' | 'host'
}

const port = whole({ min: 0, max: 65535 })

const published: Reader<number> = (node, spot) => {
  if (node.kind === 'scalar' && typeof node.value === 'string' && /^\d+$/.test(node.value)) {
    return port({ ...node, value: Number(node.value) }, spot)
  }
  return port(node, spot)
}

const long = record({
  mode: oneOf('ingress', 'host'),
  target: whole({ min: 1, max: 65535 }),
  published,
  protocol: oneOf('tcp', 'udp', 'sctp'),
  name: text,
  app_protocol: text,
})

const items = list<PortModel[]>((node, spot) => {
  if (node.kind === 'map') {
    const { mode, target, published: number, protocol } = long(node, spot)
    if (target === undefined) throw problem(node.at, spot.path, 'target is missing: the port in the container')
    return [
      {
        target,
        ...(number !== undefined && { published: number }),
        ...(mode && { mode }),
        ...(protocol && { protocol }),
      },
    ]
  }
  const spec = node.kind === 'scalar' ? node.text : ''
  if (spec === '') throw refuse(node, spot, 'a port such as "8080:80"')
  const ports = parsePorts(spec)
  if (typeof ports === 'string') throw problem(node.at, spot.path, `${shown(spec)} is not a port: ${ports}`)
  return ports.map(({ ip, published: number, target, protocol }) => {
    if (ip !== '' && ip !== '0.0.0.0' && ip !== '::') {
      spot.warn(`ignoring IP-address (${ip}:${number}:${target}/${protocol}) service will listen on '0.0.0.0'`)
    }
    return { target, published: number, protocol: protocol as 'tcp' | 'udp' | 'sctp', mode: 'ingress' }
  })
})

export const ports: Reader<PortModel[]> = (node, spot) => {
  if (node.kind === 'list') {
    const seen = new Map<string, number>()
    node.items.forEach((item, index) => {
      const key = JSON.stringify(plain(item))
      const first = seen.get(key)
      if (first !== undefined) throw problem(item.at, inside(spot, `[${index}]`).path, `the same as item [${first}]`)
      seen.set(key, index)
    })
  }
  return items(node, spot).flat()
}
