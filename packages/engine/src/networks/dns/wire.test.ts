import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codes, encodeName, encodeResponse, parseQuery, reverseAddress, types, type Answer } from './wire.js'

/** A query as resolvers send it; `size` adds the EDNS record. */
function query(name: string, type: number, size?: number): Buffer {
  const head = Buffer.from([0x12, 0x34, 0x01, 0, 0, 1, 0, 0, 0, 0, 0, size === undefined ? 0 : 1])
  const question = Buffer.concat([encodeName(name), Buffer.from([0, type, 0, 1])])
  const option = size === undefined ? [] : [0, 0, types.OPT, size >> 8, size & 255, 0, 0, 0, 0, 0, 0]
  return Buffer.concat([head, question, Buffer.from(option)])
}

test('a question is read, in lower case, with the size that the client takes', () => {
  const plain = parseQuery(query('Web.Backend', types.A))
  assert.deepEqual(
    { ...plain, question: undefined },
    {
      id: 0x1234,
      name: 'web.backend',
      type: types.A,
      class: 1,
      recursionDesired: true,
      udpSize: 512,
      question: undefined,
    },
  )
  assert.equal(parseQuery(query('web', types.A, 1232))?.udpSize, 1232)
})

test('an answer carries the question and its records; what does not fit is left out and said so', () => {
  const asked = parseQuery(query('web', types.A)) ?? assert.fail()
  const answers = (count: number): Answer[] =>
    Array.from({ length: count }, (_, index) => ({ type: 'A', address: `10.0.0.${index}` }))
  const response = encodeResponse(asked, codes.ok, answers(2), 512)
  assert.equal(response.readUInt16BE(2), 0x8180)
  assert.equal(response.readUInt16BE(6), 2)
  assert.deepEqual([...response.subarray(-4)], [10, 0, 0, 1])
  assert.equal(response.readUInt32BE(12 + asked.question.length + 6), 0, 'lives 0 seconds')
  const cut = encodeResponse(asked, codes.ok, answers(100), 512)
  assert.ok(cut.length <= 512)
  assert.equal(cut.readUInt16BE(2) & 0x0200, 0x0200)
  assert.equal(encodeResponse(asked, codes.ok, answers(100), 65535).readUInt16BE(6), 100)
  assert.equal(encodeResponse(asked, codes.noName, [], 512).readUInt16BE(2) & 15, 3)
})

test('an IPv6 address has 16 bytes', () => {
  const asked = parseQuery(query('web', types.AAAA)) ?? assert.fail()
  const response = encodeResponse(asked, codes.ok, [{ type: 'AAAA', address: 'fd00::12' }], 512)
  assert.deepEqual([...response.subarray(-18)], [0, 16, 0xfd, ...Array<number>(14).fill(0), 0x12])
})

test('no packet makes the reader throw or loop', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => void parseQuery(Buffer.from(bytes))))
  const sound = query('a.name.that.is.cut', types.A, 1232)
  for (let length = 0; length < 34; length++) assert.equal(parseQuery(sound.subarray(0, length)), undefined)
  const response = Buffer.from(sound)
  response.writeUInt16BE(0x8180, 2)
  assert.equal(parseQuery(response), undefined)
})

test('reverse names', () => {
  assert.equal(reverseAddress('4.3.2.1.in-addr.arpa'), '1.2.3.4')
  assert.equal(reverseAddress('web'), undefined)
  const digits = 'fd00000000000000000000000000ab12'
  assert.equal(reverseAddress(`${digits.split('').reverse().join('.')}.ip6.arpa`), 'fd00::ab12')
  assert.equal(reverseAddress('2.1.ip6.arpa'), undefined)
})
