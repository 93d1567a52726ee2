import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { resolvePlain } from '../source/scalar.js'
import { parseBytes } from './bytes.js'
import { formatDuration, parseDuration } from './duration.js'
import { parseMount } from './mount.js'
import { parsePorts } from './ports.js'
import { splitWords } from './words.js'

test('durations are Go’s', () => {
  const table: [string, number | undefined][] = [
    ['1m30s', 90e9],
    ['1.5h', 5400e9],
    ['500ms', 5e8],
    ['2us', 2000],
    ['0', 0],
    ['-1s', -1e9],
    ['.5s', 5e8],
    ['10', undefined],
    ['1 m', undefined],
    ['', undefined],
    ['1d', undefined],
  ]
  for (const [text, ns] of table) assert.equal(parseDuration(text), ns, text)
})

test('a duration is read as it was printed', () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 1e15 }), (ns) => parseDuration(formatDuration(ns)) === ns))
})

test('sizes are in powers of 1024', () => {
  const table: [string, number | undefined][] = [
    ['64M', 64 * 1024 ** 2],
    ['1.5gb', 1.5 * 1024 ** 3],
    ['512KiB', 512 * 1024],
    ['10', 10],
    ['10b', 10],
    ['1 k', 1024],
    ['', undefined],
    ['-1', undefined],
    ['1x', undefined],
  ]
  for (const [text, bytes] of table) assert.equal(parseBytes(text), bytes, text)
})

test('commands are split as a shell would', () => {
  const table: [string, string[] | undefined][] = [
    ['sleep 1000', ['sleep', '1000']],
    [`sh -c 'echo "a b"' `, ['sh', '-c', 'echo "a b"']],
    ['a "b \\"c" d\\ e', ['a', 'b "c', 'd e']],
    [`'' ""`, ['', '']],
    ['a # b', ['a']],
    ['a#b', ['a#b']],
    ['', []],
    [`'a`, undefined],
    ['"a', undefined],
    ['a\\', undefined],
  ]
  for (const [text, words] of table) assert.deepEqual(splitWords(text), words, text)
})

test('words in single quotes come out as they went in', () => {
  const word = fc.string({ minLength: 0 }).filter((text) => !text.includes("'"))
  fc.assert(
    fc.property(fc.array(word), (words) => {
      assert.deepEqual(splitWords(words.map((text) => `'${text}'`).join(' ')), words)
    }),
  )
})

test('plain scalars mean what they mean to Go’s YAML', () => {
  const table: [string, string | number | boolean | null, string?][] = [
    ['yes', 'yes'],
    ['on', 'on'],
    ['True', true, 'true'],
    ['~', null, ''],
    ['0440', 288, '288'],
    ['0o440', 288, '288'],
    ['0x1F', 31, '31'],
    ['1_000', 1000, '1000'],
    ['-7', -7, '-7'],
    ['1.10', 1.1, '1.1'],
    ['1000000.0', 1e6, '1e+06'],
    ['1e-7', 1e-7, '1e-07'],
    ['12345678901234567890', 12345678901234567000, '12345678901234567890'],
    ['22:22', '22:22'],
    ['089', 89, '89'],
    ['1.2.3', '1.2.3'],
  ]
  for (const [source, value, text = source] of table) assert.deepEqual(resolvePlain(source), { value, text }, source)
})

test('short ports', () => {
  const one = (published: number, target: number, protocol = 'tcp', ip = ''): object => ({
    ip,
    published,
    target,
    protocol,
  })
  assert.deepEqual(parsePorts('80'), [one(0, 80)])
  assert.deepEqual(parsePorts('8080:80/UDP'), [one(8080, 80, 'udp')])
  assert.deepEqual(parsePorts('127.0.0.1::80'), [one(0, 80, 'tcp', '127.0.0.1')])
  assert.deepEqual(parsePorts('[::1]:1:2'), [one(1, 2, 'tcp', '::1')])
  assert.deepEqual(parsePorts('90-91:80-81'), [one(90, 80), one(91, 81)])
  assert.deepEqual(parsePorts('90-91:80'), [one(90, 80), one(91, 80)])
  for (const wrong of ['', ':', 'a', '80:', '1-2:3-5', '5-4', '65536', '80/tcp/udp', '80/icmp', 'x:1:2']) {
    assert.equal(typeof parsePorts(wrong), 'string', wrong)
  }
})

test('short mounts', () => {
  assert.deepEqual(parseMount('/data'), { type: 'volume', target: '/data' })
  assert.deepEqual(parseMount('data:/data:ro,nocopy'), {
    type: 'volume',
    source: 'data',
    target: '/data',
    read_only: true,
    volume: { nocopy: true },
  })
  assert.deepEqual(parseMount('./x:/x:rshared'), {
    type: 'bind',
    source: './x',
    target: '/x',
    bind: { propagation: 'rshared' },
  })
  for (const wrong of ['', ':', 'a:', ':/b', 'a:/b:ro:z']) assert.equal(typeof parseMount(wrong), 'string', wrong)
})
