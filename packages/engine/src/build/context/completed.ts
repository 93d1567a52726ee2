const block = 512

/**
 * A tar with its end. The stock CLI's ends right after the last file's content where it has added a Dockerfile from
 * outside of the context: padding and end are put behind it. One that breaks off within a file is left as it is.
 */
export async function* completed(tar: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const walk = new Walk()
  for await (const chunk of tar) {
    walk.take(chunk)
    yield chunk
  }
  if (walk.endsAfterContent) yield Buffer.alloc(walk.padding + 2 * block)
}

/** Goes through a tar from header to header. */
class Walk {
  /** What is here of the next header. */
  #header = Buffer.alloc(0)
  /** Bytes of content, and of its padding, up to the next header. */
  #content = 0
  #padding = 0
  #ended = false

  get endsAfterContent(): boolean {
    return !this.#ended && this.#content === 0 && this.#header.length === 0
  }

  get padding(): number {
    return this.#padding
  }

  take(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.#ended;) {
      if (this.#content > 0) {
        const taken = Math.min(this.#content, chunk.length - at)
        this.#content -= taken
        at += taken
      } else if (this.#padding > 0) {
        const taken = Math.min(this.#padding, chunk.length - at)
        this.#padding -= taken
        at += taken
      } else {
        const taken = chunk.subarray(at, at + block - this.#header.length)
        this.#header = Buffer.concat([this.#header, taken])
        at += taken.length
        if (this.#header.length === block) this.#open(this.#header)
      }
    }
  }

  #open(header: Buffer): void {
    this.#header = Buffer.alloc(0)
    this.#ended = header.every((byte) => byte === 0)
    this.#content = sizeOf(header)
    this.#padding = (block - (this.#content % block)) % block
  }
}

/** In octal, or in binary with the first bit set; links and folders have no content. */
function sizeOf(header: Buffer): number {
  if ('123456'.includes(String.fromCharCode(header[156] ?? 0))) return 0
  const field = header.subarray(124, 136)
  if (((field[0] ?? 0) & 0x80) !== 0) return Number(field.readBigUInt64BE(4))
  return Number.parseInt(field.toString('latin1'), 8) || 0
}
