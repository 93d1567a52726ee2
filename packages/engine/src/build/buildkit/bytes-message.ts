/** `message BytesMessage { bytes data = 1 }` of BuildKit's control API: the pieces of a session's byte stream. */
export function encodeBytes(data: Buffer): Buffer {
  const length: number[] = []
  let rest = data.length
  do {
    const more = rest >= 0x80
    length.push((rest & 0x7f) | (more ? 0x80 : 0))
    rest >>>= 7
  } while (rest > 0)
  return Buffer.concat([Buffer.from([0x0a, ...length]), data])
}

/** An empty message has no field at all. */
export function decodeBytes(message: Buffer): Buffer {
  if (message.length === 0) return message
  if (message[0] !== 0x0a) throw new Error(`a message of bytes begins with field ${message[0] ?? 0}`)
  let at = 1
  let length = 0
  for (let shift = 0; ; shift += 7) {
    const byte = message[at++] ?? 0
    length |= (byte & 0x7f) << shift
    if (byte < 0x80) break
  }
  return message.subarray(at, at + length)
}
