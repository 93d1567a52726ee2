/** Bytes that an archive begins with: gzip, bzip2, xz, zstd; a plain tar has its mark further on. */
const marks = [
  [0x1f, 0x8b],
  [0x42, 0x5a, 0x68],
  [0xfd, 0x37, 0x7a, 0x58, 0x5a],
  [0x28, 0xb5, 0x2f, 0xfd],
]

/** What comes through standard input: an archive, untouched, or the text of a Dockerfile. */
export async function readInput(
  input: AsyncIterable<Uint8Array | string>,
): Promise<{ archive: AsyncIterable<Uint8Array> } | { text: string }> {
  const source = input[Symbol.asyncIterator]()
  let head = Buffer.alloc(0)
  for (let next = await source.next(); next.done !== true; next = await source.next()) {
    head = Buffer.concat([head, Buffer.from(next.value)])
    if (head.length >= 512) break
  }
  const begun = head
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield begun
    for (let next = await source.next(); next.done !== true; next = await source.next()) yield Buffer.from(next.value)
  }
  if (isArchive(head)) return { archive: whole() }
  const chunks: Uint8Array[] = []
  for await (const chunk of whole()) chunks.push(chunk)
  return { text: Buffer.concat(chunks).toString() }
}

function isArchive(head: Buffer): boolean {
  if (head.length >= 262 && head.subarray(257, 262).toString() === 'ustar') return true
  return marks.some((mark) => mark.every((byte, index) => head[index] === byte))
}
