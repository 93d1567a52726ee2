import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { deflateSync, gzipSync } from 'node:zlib'
import { invalid } from '@essaim/base'
import type { LogEntry } from '@essaim/api-types'
import { messageOfLine } from '../entry.js'
import { chosenAttributes } from '../attributes.js'
import { logTag } from '../tag.js'
import { hostPort } from './address.js'
import { RetryingSink } from './retrying.js'
import type { RemoteDriver } from './sink.js'
import { StreamTransport } from './stream.js'
import { UdpTransport } from './udp.js'

type Compression = 'gzip' | 'zlib' | 'none'

interface GelfSettings {
  network: 'udp' | 'tcp'
  host: string
  port: number
  compression: Compression
  level: number
  reconnects: number
  reconnectDelay: number
}

const wrong = (message: string): Error => invalid('container.log-opt', message)

function settingsOf(options: Record<string, string>): GelfSettings {
  const address = options['gelf-address']
  if (address === undefined) throw wrong('gelf-address is a required parameter')
  const match = /^(tcp|udp):\/\/(.*)$/.exec(address)
  if (!match) throw wrong(`gelf-address should be in form proto://address, got ${address}`)
  const [, scheme, rest = ''] = match
  const network = scheme === 'tcp' ? 'tcp' : 'udp'
  if (rest.includes('/')) throw wrong(`gelf-address should be in form proto://host:port, got ${address}`)
  const { host, port } = hostPort(rest)
  if (port === undefined) throw wrong('gelf: please provide gelf-address as proto://host:port')
  checkKind(options, network)
  const compression = options['gelf-compression-type'] ?? 'gzip'
  if (compression !== 'gzip' && compression !== 'zlib' && compression !== 'none') {
    throw wrong(`unknown value "${compression}" for log opt "gelf-compression-type" for gelf log driver`)
  }
  const level = options['gelf-compression-level'] ?? '1'
  if (!/^-?\d+$/.test(level) || Number(level) < -1 || Number(level) > 9) {
    throw wrong(`unknown value "${level}" for log opt "gelf-compression-level" for gelf log driver`)
  }
  const reconnects = positive(options, 'gelf-tcp-max-reconnect', 3)
  const delay = positive(options, 'gelf-tcp-reconnect-delay', 1)
  return { network, host, port, compression, level: Number(level), reconnects, reconnectDelay: delay * 1000 }
}

function checkKind(options: Record<string, string>, network: 'tcp' | 'udp'): void {
  for (const name of ['gelf-tcp-max-reconnect', 'gelf-tcp-reconnect-delay']) {
    if (options[name] !== undefined && network === 'udp') throw wrong(`"${name}" is only valid for TCP`)
  }
  for (const name of ['gelf-compression-type', 'gelf-compression-level']) {
    if (options[name] !== undefined && network === 'tcp') throw wrong('compression is only supported on UDP')
  }
}

function positive(options: Record<string, string>, name: string, otherwise: number): number {
  const text = options[name]
  if (text === undefined) return otherwise
  if (!/^\d+$/.test(text)) throw wrong(`"${name}" must be a positive integer`)
  return Number(text)
}

/** Bytes of a datagram, the head of a chunk included, that pass through any link (Graylog's own sender's number). */
const chunkSize = 1420
const chunkHead = 12
const mostChunks = 128

/** Cuts a message into GELF chunks where one datagram cannot hold it. */
export function chunked(message: Buffer, id: Buffer = randomBytes(8)): Buffer[] {
  if (message.length <= chunkSize) return [message]
  const size = chunkSize - chunkHead
  const count = Math.ceil(message.length / size)
  if (count > mostChunks) throw new Error(`msg too large, would need ${count} chunks`)
  return Array.from({ length: count }, (_, index) =>
    Buffer.concat([
      Buffer.from([0x1e, 0x0f]),
      id,
      Buffer.from([index, count]),
      message.subarray(index * size, (index + 1) * size),
    ]),
  )
}

function compress(raw: Buffer, { compression, level }: GelfSettings): Buffer {
  if (compression === 'none') return raw
  return compression === 'gzip' ? gzipSync(raw, { level }) : deflateSync(raw, { level })
}

export const gelf: RemoteDriver = {
  options: [
    ...['gelf-address', 'gelf-compression-level', 'gelf-compression-type', 'gelf-tcp-max-reconnect'],
    ...['gelf-tcp-reconnect-delay', 'tag', 'labels', 'labels-regex', 'env', 'env-regex'],
  ],
  check(options) {
    settingsOf(options)
  },
  open(options, source) {
    const settings = settingsOf(options)
    const extra = Object.entries(chosenAttributes(source, options)).map(([name, value]) => [
      name.startsWith('_') ? name : `_${name}`,
      value,
    ])
    const fields = {
      _command: source.command,
      _container_id: source.id,
      _container_name: source.name,
      _created: source.created,
      _image_id: source.imageId,
      _image_name: source.imageName,
      _tag: logTag(options['tag'] ?? '{{.ID}}', source),
      ...(Object.fromEntries(extra) as Record<string, string>),
    }
    const encode = (entry: LogEntry): Buffer => {
      const message = {
        version: '1.1',
        host: hostname(),
        short_message: messageOfLine(entry).toString('utf8'),
        timestamp: Math.floor(Date.parse(entry.time)) / 1000,
        level: entry.stream === 'stderr' ? 3 : 6,
        ...fields,
      }
      return Buffer.from(JSON.stringify(message))
    }
    const { network, host, port, reconnects, reconnectDelay } = settings
    const refusal = (error: Error): Error =>
      new Error(`gelf: cannot connect to GELF endpoint: ${host}:${port} ${error.message}`, { cause: error })
    if (network === 'udp') {
      const format = (entry: LogEntry): Buffer[] => chunked(compress(encode(entry), settings))
      return new RetryingSink(new UdpTransport(host, port), format, { most: 0, delay: () => 0 }, refusal)
    }
    const end = Buffer.from([0])
    const format = (entry: LogEntry): Buffer[] => [Buffer.concat([encode(entry), end])]
    const retries = { most: reconnects, delay: () => reconnectDelay }
    return new RetryingSink(new StreamTransport({ network, host, port }), format, retries, refusal)
  },
}
