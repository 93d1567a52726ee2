import { formatAddress, parseAddress } from '../ipam/address.js'

/** The part of the DNS wire format (RFC 1035, and RFC 6891 for sizes) that a name server for containers needs. */
export const types = { A: 1, PTR: 12, AAAA: 28, OPT: 41, ANY: 255 } as const
export const codes = { ok: 0, format: 1, failure: 2, noName: 3, notImplemented: 4 } as const

export interface Query {
  id: number
  /** Lower case, without the final dot. */
  name: string
  type: number
  /** 1 is the Internet. */
  class: number
  recursionDesired: boolean
  /** How much the client takes in one UDP packet. */
  udpSize: number
  /** The question as it was sent, to be sent back. */
  question: Buffer
}

export type Answer = { type: 'A' | 'AAAA'; address: string } | { type: 'PTR'; name: string }

const headerSize = 12
/** Without EDNS a UDP answer has at most this size. */
const plainSize = 512

/** Undefined for what is no query with exactly one question. */
export function parseQuery(packet: Buffer): Query | undefined {
  if (packet.length < headerSize) return undefined
  const flags = packet.readUInt16BE(2)
  const isStandardQuery = (flags & 0xf800) === 0
  if (!isStandardQuery || packet.readUInt16BE(4) !== 1) return undefined
  const labels: string[] = []
  let at = headerSize
  for (;;) {
    const length = packet[at]
    if (length === undefined || length > 63) return undefined
    at += 1 + length
    if (length === 0) break
    labels.push(packet.toString('latin1', at - length, at).toLowerCase())
  }
  if (at + 4 > packet.length) return undefined
  return {
    id: packet.readUInt16BE(0),
    name: labels.join('.'),
    type: packet.readUInt16BE(at),
    class: packet.readUInt16BE(at + 2),
    recursionDesired: (flags & 0x0100) !== 0,
    udpSize: sizeOf(packet, at + 4),
    question: packet.subarray(headerSize, at + 4),
  }
}

/** The OPT record follows the question where nothing else is sent along, as resolvers do. */
function sizeOf(packet: Buffer, at: number): number {
  const hasOption =
    packet.readUInt16BE(6) === 0 &&
    packet.readUInt16BE(8) === 0 &&
    packet.readUInt16BE(10) > 0 &&
    packet.length >= at + 11 &&
    packet[at] === 0 &&
    packet.readUInt16BE(at + 1) === types.OPT
  return hasOption ? Math.max(packet.readUInt16BE(at + 3), plainSize) : plainSize
}

/** `limit` is the most bytes that fit: answers beyond it are left out and the packet says so (TC). */
export function encodeResponse(query: Query, code: number, answers: Answer[], limit: number): Buffer {
  const records: Buffer[] = []
  let size = headerSize + query.question.length
  for (const answer of answers) {
    const record = encodeAnswer(answer)
    if (size + record.length > limit) break
    size += record.length
    records.push(record)
  }
  const header = Buffer.alloc(headerSize)
  header.writeUInt16BE(query.id, 0)
  const truncated = records.length < answers.length ? 0x0200 : 0
  const desired = query.recursionDesired ? 0x0100 : 0
  // A response (QR) of a server that recurses (RA).
  header.writeUInt16BE(0x8080 | truncated | desired | code, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(records.length, 6)
  return Buffer.concat([header, query.question, ...records])
}

function encodeAnswer(answer: Answer): Buffer {
  const data = answer.type === 'PTR' ? encodeName(answer.name) : encodeAddress(answer.address)
  const head = Buffer.alloc(12)
  // The name is that of the question (a pointer to it). It lives 0 seconds: what runs changes at any time.
  head.writeUInt16BE(0xc000 | headerSize, 0)
  head.writeUInt16BE(types[answer.type], 2)
  head.writeUInt16BE(1, 4)
  head.writeUInt16BE(data.length, 10)
  return Buffer.concat([head, data])
}

function encodeAddress(text: string): Buffer {
  const { family, value } = parseAddress(text) ?? { family: 4 as const, value: 0n }
  return Buffer.from(value.toString(16).padStart(family === 4 ? 8 : 32, '0'), 'hex')
}

export function encodeName(name: string): Buffer {
  const parts = name.split('.').flatMap((label) => {
    const bytes = Buffer.from(label, 'latin1').subarray(0, 63)
    return [Buffer.from([bytes.length]), bytes]
  })
  return Buffer.concat([...parts, Buffer.from([0])])
}

/** For `4.3.2.1.in-addr.arpa` the address 1.2.3.4; below `ip6.arpa` the digits of an IPv6 address stand likewise. */
export function reverseAddress(name: string): string | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(name)
  if (match) return match.slice(1).reverse().join('.')
  const digits = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name)?.[1]
  if (digits === undefined) return undefined
  return formatAddress({ family: 6, value: BigInt(`0x${digits.split('.').reverse().join('')}`) })
}
