import { randomBytes } from 'node:crypto'
import { invalid } from '@essaim/base'
import type { LogEntry } from '@essaim/api-types'
import { messageOfLine } from '../entry.js'
import { parseBool, parseDuration, parseInteger, parseMemorySize } from '../sizes.js'
import { chosenAttributes } from '../attributes.js'
import { logTag } from '../tag.js'
import { Acknowledgements } from './acknowledgements.js'
import { hostPort } from './address.js'
import { BufferedSink } from './buffered.js'
import { Extension, pack, type Packable } from './msgpack.js'
import { PartCounter } from './partial.js'
import { RetryingSink } from './retrying.js'
import type { RemoteDriver } from './sink.js'
import { StreamTransport, type StreamAddress } from './stream.js'

interface FluentdSettings {
  address: StreamAddress
  async: boolean
  bufferLimit: number
  retryWait: number
  maxRetries: number
  acknowledged: boolean
  subSecond: boolean
}

/** Docker's numbers. */
const defaultPort = 24224
const defaultBuffer = 1024 * 1024
const defaultRetryWait = 1000
const defaultRetries = 2 ** 31 - 1
const longestWait = 60_000

function settingsOf(options: Record<string, string>): FluentdSettings {
  const flag = (name: string): boolean => parseBool(options[name] || 'false')
  const retries = options['fluentd-max-retries']
  return {
    address: addressOf(options['fluentd-address'] ?? ''),
    async: flag('fluentd-async') || flag('fluentd-async-connect'),
    bufferLimit: options['fluentd-buffer-limit'] ? parseMemorySize(options['fluentd-buffer-limit']) : defaultBuffer,
    retryWait: options['fluentd-retry-wait'] ? parseDuration(options['fluentd-retry-wait']) : defaultRetryWait,
    maxRetries: retries ? parseInteger(retries, 'ParseUint') : defaultRetries,
    acknowledged: flag('fluentd-request-ack'),
    subSecond: flag('fluentd-sub-second-precision'),
  }
}

function addressOf(text: string): StreamAddress {
  if (text === '') return { network: 'tcp', host: '127.0.0.1', port: defaultPort }
  if (text.startsWith('unix://')) {
    const path = text.slice('unix://'.length)
    if (path === '' || path === '/') throw refuseAddress(text, 'path is empty')
    return { network: 'unix', path }
  }
  const [, scheme, rest = ''] = /^(?:(tcp|tls):\/\/)?(.*)$/.exec(text) ?? []
  const port = rest.includes(':') && !rest.endsWith(']') ? rest.slice(rest.lastIndexOf(':') + 1) : ''
  if (port !== '' && !/^\d+$/.test(port)) throw refuseAddress(text, `strconv.Atoi: parsing "${port}": invalid syntax`)
  if (rest.includes('/')) throw refuseAddress(text, 'should not contain a path element')
  const given = hostPort(rest)
  const host = given.host || '127.0.0.1'
  return { network: scheme === 'tls' ? 'tcp+tls' : 'tcp', host, port: given.port ?? defaultPort }
}

const refuseAddress = (address: string, why: string): Error =>
  invalid('container.log-opt', `invalid fluentd-address ${address}: ${why}`)

export const fluentd: RemoteDriver = {
  options: [
    ...['env', 'env-regex', 'labels', 'labels-regex', 'tag', 'fluentd-address', 'fluentd-async'],
    ...['fluentd-async-connect', 'fluentd-async-reconnect-interval', 'fluentd-buffer-limit', 'fluentd-retry-wait'],
    ...['fluentd-max-retries', 'fluentd-request-ack', 'fluentd-sub-second-precision', 'fluentd-write-timeout'],
    'fluentd-read-timeout',
  ],
  check(options) {
    settingsOf(options)
    for (const name of ['fluentd-async-reconnect-interval', 'fluentd-write-timeout', 'fluentd-read-timeout']) {
      if (options[name]) parseDuration(options[name])
    }
  },
  open(options, source, lost) {
    const settings = settingsOf(options)
    const tag = logTag(options['tag'] ?? '{{.ID}}', source)
    const common = {
      container_id: source.id,
      container_name: `/${source.name}`,
      ...chosenAttributes(source, options),
    }
    const parts = new PartCounter()
    const answers = new Acknowledgements()
    const transport = new StreamTransport(
      settings.address,
      (data) => answers.take(data),
      () => answers.lost(),
    )
    let chunk = ''
    const format = (entry: LogEntry): Buffer[] => {
      const part = parts.of(entry)
      const record = {
        ...common,
        source: entry.stream,
        log: messageOfLine(entry),
        ...(part && {
          partial_message: 'true',
          partial_id: part.id,
          partial_ordinal: String(part.ordinal),
          partial_last: String(part.last),
        }),
      }
      chunk = randomBytes(16).toString('base64')
      const extra: Packable[] = settings.acknowledged ? [{ chunk }] : [{}]
      return [pack([tag, timeOf(entry.time, settings.subSecond), record, ...extra])]
    }
    const send = async (message: Buffer): Promise<void> => {
      if (!settings.acknowledged) return transport.send(message)
      const answered = answers.expect(chunk)
      await Promise.all([transport.send(message), answered])
    }
    const { retryWait, maxRetries: most } = settings
    const retries = { most, delay: (n: number) => Math.min(retryWait * 1.5 ** (n - 1), longestWait) }
    const direct = new RetryingSink(transport, format, retries, undefined, send)
    if (!settings.async) return direct
    return new BufferedSink(direct, settings.bufferLimit, lost)
  },
}

/** Seconds, or fluentd's EventTime with nanoseconds. */
function timeOf(time: string, subSecond: boolean): Packable {
  const seconds = Math.floor(Date.parse(time) / 1000)
  if (!subSecond) return seconds
  const raw = Buffer.alloc(8)
  raw.writeUInt32BE(seconds, 0)
  raw.writeUInt32BE(Number(time.slice(20, 29)), 4)
  return new Extension(0, raw)
}
