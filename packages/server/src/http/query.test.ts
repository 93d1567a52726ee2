import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Query } from './query.js'
import { parseTime } from './times.js'

const query = (text: string): Query => new Query(new URLSearchParams(text))

test('flags are what clients in every language send for true and false', () => {
  for (const value of ['1', 'true', 'True', 'yes', 'x']) assert.equal(query(`a=${value}`).flag('a'), true, value)
  for (const value of ['0', 'false', 'False', 'no', 'none', ''])
    assert.equal(query(`a=${value}`).flag('a'), false, value)
  assert.equal(query('').flag('a', true), true)
})

test('strict flags, numbers and versions refuse other words', () => {
  assert.equal(query('a=T').strictFlag('a'), true)
  assert.equal(query('').strictFlag('a'), undefined)
  assert.throws(() => query('a=q').strictFlag('a'), {
    message: 'invalid value for a: q: strconv.ParseBool: parsing "q": invalid syntax',
  })
  assert.equal(query('limit=-1').integer('limit'), -1)
  assert.throws(() => query('limit=x').integer('limit', 'strconv.Atoi'), {
    message: 'strconv.Atoi: parsing "x": invalid syntax',
  })
  assert.throws(() => query('version=q').objectVersion('service'), {
    message: `invalid service version 'q': strconv.ParseUint: parsing "q": invalid syntax`,
  })
})

test('filters come as a map of lists or of maps', () => {
  const read = (value: unknown): unknown => query(`filters=${encodeURIComponent(JSON.stringify(value))}`).filters()
  assert.deepEqual(read({ label: ['a=b', 'c'] }), { label: ['a=b', 'c'] })
  assert.deepEqual(read({ dangling: { true: true } }), { dangling: ['true'] })
  assert.deepEqual(query('').filters(), {})
  assert.throws(() => read([]), {
    message: 'json: cannot unmarshal array into Go value of type map[string]map[string]bool',
  })
  assert.throws(() => read({ label: 5 }), {
    message: 'json: cannot unmarshal number into Go value of type map[string]bool',
  })
  assert.throws(() => query('filters=x').filters(), {
    message: "invalid character 'x' looking for beginning of value",
  })
})

test('times are seconds with decimals, dates, or durations back from now', () => {
  const now = Date.parse('2026-01-02T03:04:05Z')
  const read = (text: string): string | undefined => parseTime('since', text, now)
  assert.equal(read('1700000000'), '2023-11-14T22:13:20.000000000Z')
  assert.equal(read('1700000000.000000001'), '2023-11-14T22:13:20.000000001Z')
  assert.equal(read('0'), undefined)
  assert.equal(read('1h30m'), '2026-01-02T01:34:05.000000000Z')
  assert.equal(read('2026-01-02T03:04:05.123456789+01:00'), '2026-01-02T02:04:05.123456789Z')
  assert.equal(read('2026-01-02'), '2026-01-02T00:00:00.000000000Z')
  assert.throws(() => read('soon'), /invalid value for "since"/)
})
