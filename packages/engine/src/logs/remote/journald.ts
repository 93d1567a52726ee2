import { existsSync } from 'node:fs'
import { shortId } from '@essaim/base'
import type { LogEntry } from '@essaim/api-types'
import { messageOfLine } from '../entry.js'
import { chosenAttributes } from '../attributes.js'
import { logTag } from '../tag.js'
import { PartCounter } from './partial.js'
import { RetryingSink } from './retrying.js'
import type { LogSink, RemoteDriver } from './sink.js'
import { UnixDatagramTransport } from './unix-datagram.js'

/** Where journald listens; another one in tests. */
const journalSocket = process.env['ESSAIM_JOURNAL_SOCKET'] ?? '/run/systemd/journal/socket'

/** One entry in the journal's native protocol: `NAME=value` lines, or a length where the value has a newline in it. */
export function journalEntry(fields: [string, string | Buffer][]): Buffer {
  return Buffer.concat(
    fields.flatMap(([name, given]) => {
      const value = Buffer.from(given as string)
      if (!value.includes(10)) return [Buffer.from(`${name}=`), value, Buffer.from('\n')]
      const length = Buffer.alloc(8)
      length.writeBigUInt64LE(BigInt(value.length))
      return [Buffer.from(`${name}\n`), length, value, Buffer.from('\n')]
    }),
  )
}

/** The journal takes names of capital letters, digits and underscores that do not begin with one. */
export function fieldName(name: string): string {
  return name
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '_')
    .replace(/^_+/, '')
}

export const journald: RemoteDriver = {
  options: ['labels', 'labels-regex', 'env', 'env-regex', 'tag'],
  check() {},
  open(options, source): LogSink {
    const tag = logTag(options['tag'] ?? '{{.ID}}', source)
    const common: [string, string][] = [
      ['CONTAINER_ID', shortId(source.id)],
      ['CONTAINER_ID_FULL', source.id],
      ['CONTAINER_NAME', source.name],
      ['CONTAINER_TAG', tag],
      ['IMAGE_NAME', source.imageName],
      ['SYSLOG_IDENTIFIER', tag],
      ...Object.entries(chosenAttributes(source, options)).map(([name, value]): [string, string] => [
        fieldName(name),
        value,
      ]),
    ]
    const parts = new PartCounter()
    const format = (entry: LogEntry): Buffer[] => {
      const part = parts.of(entry)
      const partial: [string, string][] = part
        ? [
            ...(part.last ? [] : [['CONTAINER_PARTIAL_MESSAGE', 'true'] as [string, string]]),
            ['CONTAINER_PARTIAL_ID', part.id],
            ['CONTAINER_PARTIAL_ORDINAL', String(part.ordinal)],
            ['CONTAINER_PARTIAL_LAST', String(part.last)],
          ]
        : []
      const priority = entry.stream === 'stderr' ? '3' : '6'
      const own: [string, string | Buffer][] = [
        ['MESSAGE', messageOfLine(entry)],
        ['PRIORITY', priority],
        ['SYSLOG_TIMESTAMP', entry.time],
      ]
      return [journalEntry([...own, ...common, ...partial])]
    }
    const refusal = (error: Error): Error =>
      existsSync(journalSocket) ? error : new Error('journald is not enabled on this host', { cause: error })
    const transport = new UnixDatagramTransport(journalSocket)
    return new RetryingSink(transport, format, { most: 1, delay: () => 100 }, refusal)
  },
}
