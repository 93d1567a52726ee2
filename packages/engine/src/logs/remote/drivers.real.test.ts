import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { gunzipSync, inflateSync } from 'node:zlib'
import type { LogEntry } from '@essaim/api-types'
import type { LogSource } from '../source.js'
import { chunked } from './gelf.js'
import { fieldName, journalEntry } from './journald.js'
import { pack } from './msgpack.js'
import { datagramReceiver, eventually, folder, rsyslog, streamReceiver, udpReceiver } from './receivers.js'
import { remoteDrivers } from './drivers.js'
import type { LogSink } from './sink.js'
import { UnixDatagramTransport } from './unix-datagram.js'
import { unpackAll } from './unpack.js'

const source: LogSource = {
  id: 'a'.repeat(64),
  name: 'web',
  imageId: `sha256:${'b'.repeat(64)}`,
  imageName: 'nginx:latest',
  command: 'nginx',
  created: '2026-01-01T00:00:00.000000000Z',
  labels: { tier: 'db' },
  env: ['A=1'],
}
const time = '2026-01-02T03:04:05.678901234Z'
const line = (text: string, stream: LogEntry['stream'] = 'stdout'): LogEntry => ({
  stream,
  time,
  data: Buffer.from(text),
})

function open(driver: string, options: Record<string, string>, lost: (error: Error) => void = () => {}): LogSink {
  const found = remoteDrivers[driver]
  assert.ok(found)
  found.check(options)
  return found.open(options, source, lost)
}

async function send(driver: string, options: Record<string, string>, ...lines: LogEntry[]): Promise<void> {
  const sink = open(driver, options)
  await sink.connect()
  await sink.write(lines)
  await sink.close()
}

const noRsyslog = spawnSync('rsyslogd', ['-v']).status === 0 ? false : 'needs rsyslog'

void test('syslog: Debian’s rsyslogd understands every format over every way', { skip: noRsyslog }, async (t) => {
  const { port } = await udpReceiver(t)
  const daemon = await rsyslog(t, port + 1)
  const { pid } = process
  const all = [`tcp://127.0.0.1:${port + 1}`, `udp://127.0.0.1:${port + 1}`, `unixgram://${daemon.socket}`]
  await eventually(() => execFileSync('test', ['-S', daemon.socket]))
  let seen = 0
  for (const address of all) {
    for (const format of ['', 'rfc3164', 'rfc5424', 'rfc5424micro']) {
      // What its local socket takes has no host name in it.
      if (address.startsWith('unixgram') && format !== '') continue
      if (!address.startsWith('unixgram') && format === '') continue
      const options = { 'syslog-address': address, 'syslog-format': format, 'syslog-facility': 'local3', tag: 'app' }
      await eventuallySends(options)
      seen += 2
      await eventually(() => assert.equal(daemon.lines().length, seen, `${address} ${format}`))
      const [first = '', second = ''] = daemon.lines().slice(-2)
      assert.match(first, new RegExp(`^local3\\.info app ${pid} +to ${format} é$`))
      assert.match(second, new RegExp(`^local3\\.err app ${pid} +wrong$`))
    }
  }

  async function eventuallySends(options: Record<string, string>): Promise<void> {
    const sink = open('syslog', options)
    for (const end = Date.now() + 10_000; ;) {
      try {
        await sink.connect()
        break
      } catch (error) {
        if (Date.now() > end) throw error
      }
    }
    await sink.write([line(`to ${options['syslog-format']} é\n`), line('wrong\n', 'stderr')])
    await sink.close()
  }
})

void test('syslog over TLS counts octets, and wants a certificate that it can check', async (t) => {
  const dir = folder(t)
  const [key, cert] = [join(dir, 'key'), join(dir, 'cert')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '1']
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', key, '-out', cert, ...subject], { stdio: 'ignore' })
  let text = ''
  const server = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (socket) => {
    socket.on('data', (data: Buffer) => (text += data.toString()))
  })
  server.on('tlsClientError', () => {})
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const address = { 'syslog-address': `tcp+tls://localhost:${(server.address() as AddressInfo).port}` }
  const options = { ...address, 'syslog-format': 'rfc5424', 'syslog-tls-ca-cert': cert, tag: 't' }
  await send('syslog', options, line('hello\n'))
  const body = /^(\d+) (<30>1 2026-01-02T03:04:05Z \S+ t \d+ t - hello\n)$/
  await eventually(() => assert.match(text, body))
  const [, length, message = ''] = body.exec(text) ?? []
  assert.equal(Number(length), Buffer.byteLength(message))
  await assert.rejects(send('syslog', address, line('x\n')), /^Error: dial tcp localhost:\d+: /)
  await send('syslog', { ...address, 'syslog-tls-skip-verify': 'true' }, line('unchecked\n'))
  await eventually(() => assert.match(text, /unchecked/))
})

void test('a receiver that went away and came back is connected to again; one that is not there is named', async (t) => {
  const receiver = await streamReceiver(t)
  const sink = open('syslog', { 'syslog-address': `tcp://127.0.0.1:${receiver.port}` })
  await sink.connect()
  await sink.write([line('one\n')])
  await eventually(() => assert.match(receiver.text(), /one/))
  receiver.cut()
  await sink.write([line('two\n')])
  await sink.write([line('three\n')])
  await eventually(() => assert.match(receiver.text(), /three/))
  await sink.close()
  await assert.rejects(send('syslog', { 'syslog-address': 'tcp://127.0.0.1:1' }, line('x\n')), {
    message: 'dial tcp 127.0.0.1:1: connect: connection refused',
  })
  await assert.rejects(send('gelf', { 'gelf-address': 'tcp://127.0.0.1:1' }, line('x\n')), {
    message: 'gelf: cannot connect to GELF endpoint: 127.0.0.1:1 dial tcp 127.0.0.1:1: connect: connection refused',
  })
})

void test('gelf: datagrams, compressed or not, cut into chunks; over TCP a zero byte ends each message', async (t) => {
  const udp = await udpReceiver(t)
  const address = { 'gelf-address': `udp://127.0.0.1:${udp.port}`, labels: 'tier', env: 'A' }
  const kinds = { gzip: gunzipSync, zlib: inflateSync, none: (raw: Buffer) => raw }
  for (const [type, unzip] of Object.entries(kinds)) {
    udp.received.length = 0
    await send('gelf', { ...address, 'gelf-compression-type': type }, line('oops\n', 'stderr'))
    await eventually(() => assert.equal(udp.received.length, 1))
    const message = JSON.parse(unzip(udp.received[0] ?? Buffer.alloc(0)).toString()) as Record<string, unknown>
    const { version, short_message, level, timestamp, _container_name, _tag, _tier, _A } = message
    const shown = { version, short_message, level, timestamp, _container_name, _tag, _tier, _A }
    const wanted = {
      version: '1.1',
      short_message: 'oops',
      level: 3,
      timestamp: 1767323045.678,
      _container_name: 'web',
    }
    assert.deepEqual(shown, { ...wanted, _tag: 'a'.repeat(12), _tier: 'db', _A: '1' })
  }
  udp.received.length = 0
  const long = 'x'.repeat(5000)
  await send('gelf', { ...address, 'gelf-compression-type': 'none' }, line(`${long}\n`))
  await eventually(() => assert.equal(udp.received.length, 4))
  assert.ok(udp.received.every((each, index) => each.readUInt16BE() === 0x1e0f && each[10] === index && each[11] === 4))
  const whole = Buffer.concat(udp.received.map((each) => each.subarray(12))).toString()
  assert.equal((JSON.parse(whole) as { short_message: string }).short_message, long)
  assert.throws(() => chunked(Buffer.alloc(200_000)), /msg too large/)

  const tcp = await streamReceiver(t)
  await send('gelf', { 'gelf-address': `tcp://127.0.0.1:${tcp.port}` }, line('a\n'), line('b\n'))
  await eventually(() => assert.equal(tcp.text().split('\0').length, 3))
})

void test('fluentd: the forward protocol over TCP and a socket, with parts of long lines and answers', async (t) => {
  const path = join(folder(t), 'fluent.sock')
  const ack = (data: Buffer): Buffer | undefined => {
    const [message] = unpackAll(data) as [unknown[]]
    const { chunk } = message[3] as { chunk?: string }
    return chunk === undefined ? undefined : pack({ ack: chunk })
  }
  const receiver = await streamReceiver(t, { path, answer: ack })
  const options = { 'fluentd-address': `unix://${path}`, tag: 'docker.{{.Name}}', labels: 'tier' }
  await send('fluentd', options, line('hello\n'))
  await eventually(() => assert.equal(receiver.received.length, 1))
  const common = { container_id: 'a'.repeat(64), container_name: '/web', tier: 'db', source: 'stdout' }
  assert.deepEqual(unpackAll(Buffer.concat(receiver.received)), [
    ['docker.web', 1767323045, { ...common, log: 'hello' }, {}],
  ])

  receiver.received.length = 0
  const exact = { ...options, 'fluentd-request-ack': 'true', 'fluentd-sub-second-precision': 'true' }
  await send('fluentd', exact, line('x'.repeat(16_384)), line('end\n'), line('whole\n'))
  const records = unpackAll(Buffer.concat(receiver.received)).map((each) => (each as Record<string, string>[])[2])
  const parts = records.map((each) => [each?.['partial_message'], each?.['partial_ordinal'], each?.['partial_last']])
  assert.deepEqual(parts, [
    ['true', '1', 'false'],
    ['true', '2', 'true'],
    [undefined, undefined, undefined],
  ])
  const [first] = unpackAll(Buffer.concat(receiver.received)) as [unknown[]]
  assert.deepEqual(first[1], { seconds: 1767323045, nanoseconds: 678901234 })
})

void test('fluentd waits for a receiver that is not there, unless it is told not to; giving up ends it', async (t) => {
  const path = join(folder(t), 'fluent.sock')
  const options = { 'fluentd-address': `unix://${path}`, 'fluentd-retry-wait': '10ms' }
  const waiting = open('fluentd', options)
  await assert.rejects(waiting.connect(), { message: `dial unix ${path}: connect: no such file or directory` })
  const written = waiting.write([line('late\n')])
  const receiver = await streamReceiver(t, { path })
  await written
  await eventually(() => assert.match(receiver.text(), /late/))
  await waiting.close()

  const nowhere = { 'fluentd-address': 'unix:///nosuch/socket', 'fluentd-retry-wait': '10ms' }
  const stuck = open('fluentd', nowhere)
  const never = stuck.write([line('x\n')])
  stuck.giveUp()
  await assert.rejects(never, /in time|no such file/)

  const lost: string[] = []
  const async = { ...nowhere, 'fluentd-async': 'true', 'fluentd-buffer-limit': '10' }
  const easy = open('fluentd', async, (error) => lost.push(error.message))
  await easy.connect()
  await easy.write([line('first\n')])
  await easy.write([line('second\n')])
  await easy.write([line('third\n')])
  assert.ok(lost.some((why) => /buffer of 10 bytes is full/.test(why)))
  easy.giveUp()
  await easy.close()
})

void test('datagrams to a socket: the journal’s entries arrive whole, one for each line', async (t) => {
  const path = join(folder(t), 'socket')
  const receiver = await datagramReceiver(t, path)
  const transport = new UnixDatagramTransport(path)
  await transport.connect()
  const entry = journalEntry([
    ['MESSAGE', Buffer.from('two\nlines')],
    [fieldName('_my.label'), 'x'],
  ])
  await transport.send(entry)
  await transport.send(Buffer.alloc(16_384, 'y'))
  await eventually(() => assert.equal(receiver.received.length, 2))
  assert.equal(receiver.received[0]?.toString('latin1'), 'MESSAGE\n\t\0\0\0\0\0\0\0two\nlines\nMY_LABEL=x\n')
  await transport.close()
  const nobody = new UnixDatagramTransport('/nosuch/socket')
  await assert.rejects(nobody.connect(), {
    message: 'dial unixgram /nosuch/socket: connect: no such file or directory',
  })
})
