import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fileAttributes } from './attributes.js'
import { logSettings } from './options.js'
import { parseBool, parseDuration, parseFileSize, parseMemorySize } from './sizes.js'
import type { LogSource } from './source.js'
import { logTag } from './tag.js'

const source: LogSource = {
  id: 'a'.repeat(64),
  name: 'web',
  imageId: `sha256:${'b'.repeat(64)}`,
  imageName: 'nginx:latest',
  command: 'nginx -g daemon off;',
  created: '2026-01-01T00:00:00.000000000Z',
  labels: { tier: 'db', other: 'x' },
  env: ['A=1', 'B=2=3'],
}

/** Driver, options, and the refusal's words: each was read off Docker Engine, where it has one. */
const refusals: [string, Record<string, string>, string][] = [
  ['nosuch', {}, 'error looking up logging plugin nosuch: plugin "nosuch" not found'],
  ['json-file', { foo: 'bar' }, "unknown log opt 'foo' for json-file log driver"],
  ['json-file', { 'max-size': 'ten' }, "invalid size: 'ten'"],
  ['json-file', { 'max-size': '0' }, 'max-size must be a positive number'],
  ['json-file', { 'max-size': '1m', 'max-file': '0' }, 'max-file cannot be less than 1'],
  ['json-file', { 'max-file': 'x' }, 'strconv.Atoi: parsing "x": invalid syntax'],
  [
    'json-file',
    { compress: 'true', 'max-size': '1m' },
    'compress cannot be true when max-file is less than 2 or max-size is not set',
  ],
  ['json-file', { compress: 'maybe' }, 'strconv.ParseBool: parsing "maybe": invalid syntax'],
  ['json-file', { mode: 'foo' }, 'logger: logging mode not supported: foo'],
  ['json-file', { tag: '{{.Foo}}' }, "template: log-tag:1: can't evaluate field Foo in type logger.Info"],
  ['json-file', { tag: '{{foo .ID}}' }, 'template: log-tag:1: function "foo" not defined'],
  [
    'json-file',
    { 'max-buffer-size': '1m' },
    "logger: max-buffer-size option is only supported with 'mode=non-blocking'",
  ],
  ['local', { foo: '1m' }, "unknown log opt 'foo' for log driver local"],
  [
    'syslog',
    { 'syslog-address': 'foo://127.0.0.1:514' },
    'syslog-address should be in form proto://address, got foo://127.0.0.1:514',
  ],
  ['syslog', { 'syslog-address': '127.0.0.1' }, 'syslog-address should be in form proto://address, got 127.0.0.1'],
  ['syslog', { 'syslog-address': 'unix:///nosuch' }, 'stat /nosuch: no such file or directory'],
  ['syslog', { 'syslog-format': 'foo' }, 'Invalid syslog format'],
  ['syslog', { 'syslog-facility': 'foo' }, 'invalid syslog facility'],
  ['syslog', { foo: 'bar' }, "unknown log opt 'foo' for syslog log driver"],
  ['journald', { foo: 'bar' }, "unknown log opt 'foo' for journald log driver"],
  ['fluentd', { foo: 'bar' }, "unknown log opt 'foo' for fluentd log driver"],
  [
    'fluentd',
    { 'fluentd-address': 'localhost:abc' },
    'invalid fluentd-address localhost:abc: strconv.Atoi: parsing "abc": invalid syntax',
  ],
  ['fluentd', { 'fluentd-async': 'maybe' }, 'strconv.ParseBool: parsing "maybe": invalid syntax'],
  ['fluentd', { 'fluentd-buffer-limit': 'abc' }, "invalid size: 'abc'"],
  ['fluentd', { 'fluentd-retry-wait': 'abc' }, 'time: invalid duration "abc"'],
  ['fluentd', { 'fluentd-max-retries': 'abc' }, 'strconv.ParseUint: parsing "abc": invalid syntax'],
  ['gelf', {}, 'gelf-address is a required parameter'],
  [
    'gelf',
    { 'gelf-address': 'foo://1.2.3.4:5' },
    'gelf-address should be in form proto://address, got foo://1.2.3.4:5',
  ],
  ['gelf', { 'gelf-address': 'udp://1.2.3.4' }, 'gelf: please provide gelf-address as proto://host:port'],
  ['gelf', { 'gelf-address': 'udp://1.2.3.4:5', foo: 'bar' }, 'unknown log opt "foo" for gelf log driver'],
  [
    'gelf',
    { 'gelf-address': 'udp://1.2.3.4:5', 'gelf-compression-type': 'foo' },
    'unknown value "foo" for log opt "gelf-compression-type" for gelf log driver',
  ],
  [
    'gelf',
    { 'gelf-address': 'udp://1.2.3.4:5', 'gelf-compression-level': '20' },
    'unknown value "20" for log opt "gelf-compression-level" for gelf log driver',
  ],
  [
    'gelf',
    { 'gelf-address': 'udp://1.2.3.4:5', 'gelf-tcp-max-reconnect': '2' },
    '"gelf-tcp-max-reconnect" is only valid for TCP',
  ],
  [
    'gelf',
    { 'gelf-address': 'tcp://1.2.3.4:5', 'gelf-compression-type': 'gzip' },
    'compression is only supported on UDP',
  ],
  [
    'gelf',
    { 'gelf-address': 'tcp://1.2.3.4:5', 'gelf-tcp-max-reconnect': '-2' },
    '"gelf-tcp-max-reconnect" must be a positive integer',
  ],
]

void test('log options are refused in Docker’s words', () => {
  for (const [driver, Config, message] of refusals) {
    assert.throws(
      () => logSettings({ Type: driver as 'gelf', Config }),
      { message },
      `${driver} ${JSON.stringify(Config)}`,
    )
  }
})

void test('what is kept: sizes are decimal, a rotated log and a copy have Docker’s defaults', () => {
  const kept = (driver: string, Config: Record<string, string>): object =>
    logSettings({ Type: driver as 'local', Config }).file
  assert.deepEqual(kept('json-file', {}), { keep: true, maxFiles: 1, compress: false })
  assert.deepEqual(kept('json-file', { 'max-file': '3' }), { keep: true, maxFiles: 3, compress: false })
  const small = { 'max-size': '10m', 'max-file': '3', compress: 'true' }
  assert.deepEqual(kept('json-file', small), { keep: true, maxFiles: 3, maxSize: 10_000_000, compress: true })
  const local = { keep: true, maxFiles: 5, maxSize: 20 << 20, compress: true }
  assert.deepEqual(kept('local', {}), local)
  assert.deepEqual(kept('local', { 'max-file': '1' }), { ...local, maxFiles: 1, compress: false })
  assert.deepEqual(kept('syslog', {}), local)
  const cache = { 'cache-max-size': '1k', 'cache-max-file': '2', 'cache-compress': 'false' }
  assert.deepEqual(kept('syslog', cache), { keep: true, maxFiles: 2, maxSize: 1000, compress: false })
  assert.deepEqual(kept('syslog', { 'cache-disabled': 'true' }), { ...local, keep: false })
  assert.equal(logSettings({ Type: 'none', Config: { foo: 'bar' } }).file.keep, false)
  assert.equal(logSettings({ Config: { mode: 'non-blocking' } }).maxBuffer, 1_000_000)
  assert.equal(logSettings({ Config: { mode: 'non-blocking', 'max-buffer-size': '2m' } }).maxBuffer, 2 << 20)
})

void test('attributes are chosen by name and by expression; a tag is a template', () => {
  assert.deepEqual(fileAttributes(source, { labels: 'tier', env: 'B' }), { tier: 'db', B: '2=3' })
  assert.deepEqual(fileAttributes(source, { 'labels-regex': '^oth', 'env-regex': '^A$' }), { other: 'x', A: '1' })
  assert.deepEqual(fileAttributes(source, { tag: '{{.Name}}/{{.ID}}' }), { tag: 'web/aaaaaaaaaaaa' })
  assert.equal(logTag('{{.ImageName}}|{{.Name | upper}}|{{truncate .FullID 3}}', source), 'nginx:latest|WEB|aaa')
  assert.equal(logTag('{{ .DaemonName }}.{{- "x" -}} !', source), 'docker.x!')
})

void test('numbers, sizes and durations as Go reads them', () => {
  assert.equal(parseFileSize('1.5k'), 1500)
  assert.equal(parseMemorySize('10m'), 10 << 20)
  assert.equal(parseDuration('1m30s'), 90_000)
  assert.equal(parseDuration('250ms'), 250)
  assert.deepEqual([parseBool('t'), parseBool('0')], [true, false])
})
