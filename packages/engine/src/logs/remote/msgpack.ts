/** A value as MessagePack: the part of its specification that the forward protocol needs. */
export type Packable = string | number | Buffer | Packable[] | Extension | { [name: string]: Packable }

/** A value of an application's own kind. */
export class Extension {
  constructor(
    readonly kind: number,
    readonly data: Buffer,
  ) {}
}

export function pack(value: Packable): Buffer {
  if (typeof value === 'string') return Buffer.concat([textHead(Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'number') return integer(value)
  // Lines need not be UTF-8, and receivers expect a string: its bytes are sent as they are.
  if (Buffer.isBuffer(value)) return Buffer.concat([textHead(value.length), value])
  if (value instanceof Extension) return extension(value)
  if (Array.isArray(value)) return Buffer.concat([head(value.length, 0x90, 0xdc), ...value.map(pack)])
  const pairs = Object.entries(value)
  return Buffer.concat([head(pairs.length, 0x80, 0xde), ...pairs.flatMap(([name, each]) => [pack(name), pack(each)])])
}

function integer(value: number): Buffer {
  if (value >= 0 && value < 0x80) return Buffer.from([value])
  const raw = Buffer.alloc(9)
  raw[0] = 0xd3
  raw.writeBigInt64BE(BigInt(Math.trunc(value)), 1)
  return raw
}

/** Of a list or a map: up to 15, or 65535, entries. */
function head(length: number, short: number, long: number): Buffer {
  return length < 16 ? Buffer.from([short | length]) : Buffer.from([long, length >> 8, length & 0xff])
}

function textHead(length: number): Buffer {
  if (length < 32) return Buffer.from([0xa0 | length])
  if (length < 0x100) return Buffer.from([0xd9, length])
  if (length < 0x10000) return Buffer.from([0xda, length >> 8, length & 0xff])
  const raw = Buffer.alloc(5)
  raw[0] = 0xdb
  raw.writeUInt32BE(length, 1)
  return raw
}

function extension({ kind, data }: Extension): Buffer {
  if (data.length === 8) return Buffer.concat([Buffer.from([0xd7, kind]), data])
  return Buffer.concat([Buffer.from([0xc7, data.length, kind]), data])
}
