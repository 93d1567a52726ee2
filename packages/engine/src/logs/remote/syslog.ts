import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { invalid } from '@essaim/base'
import type { LogEntry } from '@essaim/api-types'
import { messageOfLine } from '../entry.js'
import { logTag } from '../tag.js'
import { checkSocket, hostPort, tlsOptions } from './address.js'
import { RetryingSink } from './retrying.js'
import type { RemoteDriver } from './sink.js'
import { StreamTransport } from './stream.js'
import { countOctets, formatSyslog, type SyslogFormat } from './syslog-format.js'
import type { Transport } from './transport.js'
import { UdpTransport } from './udp.js'
import { UnixDatagramTransport } from './unix-datagram.js'

const facilities =
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp - - - - local0 local1 local2 local3 local4 local5 ' +
  'local6 local7'
const facilityNames = facilities.split(' ')

const severities = { stdout: 6, stderr: 3 }

/** The syslog port of RFC 3164. */
const defaultPort = 514

/** Where the host's own syslog listens. */
const localSockets = ['/dev/log', '/var/run/syslog', '/var/run/log']

interface SyslogSettings {
  network: '' | 'tcp' | 'tcp+tls' | 'udp' | 'unix' | 'unixgram'
  host: string
  port: number
  path: string
  facility: number
  format: SyslogFormat
}

function settingsOf(options: Record<string, string>): SyslogSettings {
  const format = options['syslog-format'] ?? ''
  if (!['', 'rfc3164', 'rfc5424', 'rfc5424micro'].includes(format)) {
    throw invalid('container.log-opt', 'Invalid syslog format', {
      hint: 'use rfc3164, rfc5424 or rfc5424micro',
    })
  }
  const shape = { facility: facilityOf(options['syslog-facility'] ?? 'daemon'), format: format as SyslogFormat }
  const address = options['syslog-address'] ?? ''
  if (address === '') return { network: '', host: '', port: 0, path: '', ...shape }
  const match = /^(tcp|tcp\+tls|udp|unix|unixgram):\/\/(.*)$/.exec(address)
  if (!match) {
    throw invalid('container.log-opt', `syslog-address should be in form proto://address, got ${address}`)
  }
  const [, scheme = '', rest = ''] = match
  const network = scheme as SyslogSettings['network']
  if (network === 'unix' || network === 'unixgram') {
    checkSocket(rest)
    return { network, host: '', port: 0, path: rest, ...shape }
  }
  const { host, port = defaultPort } = hostPort(rest.replace(/\/.*$/, ''))
  return { network, host, port, path: '', ...shape }
}

function facilityOf(name: string): number {
  const number = name === '-' ? -1 : /^\d+$/.test(name) ? Number(name) : facilityNames.indexOf(name)
  if (number < 0 || number > 23) throw invalid('container.log-opt', 'invalid syslog facility')
  return number
}

function transportOf({ network, host, port, path }: SyslogSettings, options: Record<string, string>): Transport {
  switch (network) {
    case '': {
      const local = localSockets.find((each) => existsSync(each))
      if (local === undefined) throw new Error('Unix syslog delivery error')
      return new UnixDatagramTransport(local)
    }
    case 'unixgram':
      return new UnixDatagramTransport(path)
    case 'unix':
      return new StreamTransport({ network, path })
    case 'udp':
      return new UdpTransport(host, port)
    case 'tcp':
      return new StreamTransport({ network, host, port })
    case 'tcp+tls':
      return new StreamTransport({ network, host, port, tls: tlsOptions(options, 'syslog-tls') })
  }
}

export const syslog: RemoteDriver = {
  options: [
    ...['env', 'env-regex', 'labels', 'labels-regex', 'syslog-address', 'syslog-facility', 'syslog-tls-ca-cert'],
    ...['syslog-tls-cert', 'syslog-tls-key', 'syslog-tls-skip-verify', 'tag', 'syslog-format'],
  ],
  check(options) {
    settingsOf(options)
  },
  open(options, source) {
    const settings = settingsOf(options)
    const tag = logTag(options['tag'] ?? '{{.ID}}', source)
    const host = hostname()
    const framed = settings.network === 'tcp+tls' && settings.format.startsWith('rfc5424')
    const format = (entry: LogEntry): Buffer[] => {
      const priority = settings.facility * 8 + severities[entry.stream]
      // A newline at the end is what divides messages on a stream.
      const text = Buffer.concat([messageOfLine(entry), Buffer.from('\n')])
      const message = { priority, time: entry.time, hostname: host, tag, pid: process.pid, text }
      const raw = formatSyslog(settings.format, message)
      return [framed ? countOctets(raw) : raw]
    }
    // Docker's: one connection more, then the line is lost.
    return new RetryingSink(transportOf(settings, options), format, { most: 1, delay: () => 0 })
  },
}
