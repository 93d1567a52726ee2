/** The few DER forms (ITU-T X.690) that a certificate is made of. */

function tlv(tag: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body])
  const hex = body.length.toString(16)
  const length = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | length.length]), length, body])
}

export const sequence = (...parts: Buffer[]): Buffer => tlv(0x30, ...parts)
export const set = (...parts: Buffer[]): Buffer => tlv(0x31, ...parts)
export const octets = (body: Buffer): Buffer => tlv(0x04, body)
export const bits = (body: Buffer, unused = 0): Buffer => tlv(0x03, Buffer.from([unused]), body)
export const printable = (text: string): Buffer => tlv(0x13, Buffer.from(text, 'latin1'))
export const yes = (): Buffer => tlv(0x01, Buffer.from([0xff]))

export const utf8 = (text: string): Buffer => Buffer.from(text)

/** A context-specific element of a plain value. */
export const tagged = (number: number, body: Buffer): Buffer => tlv(0x80 | number, body)

/** A context-specific, constructed element. */
export const context = (number: number, body: Buffer): Buffer => tlv(0xa0 | number, body)

/** A whole number that is not negative, in big-endian bytes. */
export function integer(bytes: Buffer): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const body = bytes.subarray(start)
  return tlv(0x02, (body[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), body]) : body)
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second]
  for (const part of rest) {
    const groups = [part & 0x7f]
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80)
    bytes.push(...groups)
  }
  return tlv(0x06, Buffer.from(bytes))
}

/** UTCTime until 2049 and GeneralizedTime from then on (RFC 5280, 4.1.2.5), to the second. */
export function time(ms: number): Buffer {
  const date = new Date(ms)
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, '')
  return date.getUTCFullYear() < 2050 ? tlv(0x17, Buffer.from(text.slice(2))) : tlv(0x18, Buffer.from(text))
}
