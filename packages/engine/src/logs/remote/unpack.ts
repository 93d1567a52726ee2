/** For tests: reads MessagePack, as a receiver of the forward protocol does. */
export function unpackAll(data: Buffer): unknown[] {
  const out: unknown[] = []
  let at = 0
  const take = (length: number): Buffer => data.subarray(at, (at += length))
  const many = (count: number): unknown[] => Array.from({ length: count }, one)
  const map = (count: number): object => Object.fromEntries(Array.from({ length: count }, () => [String(one()), one()]))
  function one(): unknown {
    const kind = take(1).readUInt8()
    if (kind < 0x80) return kind
    if (kind < 0x90) return map(kind & 0x0f)
    if (kind < 0xa0) return many(kind & 0x0f)
    if (kind < 0xc0) return take(kind & 0x1f).toString()
    switch (kind) {
      case 0xd9:
        return take(take(1).readUInt8()).toString()
      case 0xda:
        return take(take(2).readUInt16BE()).toString()
      case 0xdb:
        return take(take(4).readUInt32BE()).toString()
      case 0xd3:
        return Number(take(8).readBigInt64BE())
      case 0xd7: {
        take(1)
        const raw = take(8)
        return { seconds: raw.readUInt32BE(0), nanoseconds: raw.readUInt32BE(4) }
      }
      case 0xdc:
        return many(take(2).readUInt16BE())
      case 0xde:
        return map(take(2).readUInt16BE())
      default:
        throw new Error(`byte ${kind.toString(16)} at ${at}`)
    }
  }
  while (at < data.length) out.push(one())
  return out
}
