import { invalid } from '@essaim/base'

/** Docker's default: ctrl-p, ctrl-q. */
const defaultKeys = 'ctrl-p,ctrl-q'

/** `ctrl-x` and single characters, separated by commas, as bytes. */
export function parseDetachKeys(text: string | undefined): Buffer {
  const codes = (text || defaultKeys).split(',').map((key) => {
    if (/^ctrl-[a-z@[\\\]^_]$/i.test(key)) return key.toUpperCase().charCodeAt(5) & 0x1f
    if (key.length === 1) return key.charCodeAt(0)
    throw invalid('detach-keys', `Invalid detach keys (${text}) provided`)
  })
  return Buffer.from(codes)
}

/** Watches a stream of typed bytes for the keys; what might be their beginning is held back. */
export class DetachDetector {
  #matched = 0

  constructor(private readonly keys: Buffer) {}

  feed(data: Buffer): { forward: Buffer; detached: boolean } {
    const out: number[] = []
    for (const byte of data) {
      if (byte === this.keys[this.#matched]) {
        if (++this.#matched === this.keys.length) return { forward: Buffer.from(out), detached: true }
        continue
      }
      out.push(...this.keys.subarray(0, this.#matched))
      this.#matched = byte === this.keys[0] ? 1 : 0
      if (this.#matched === 0) out.push(byte)
    }
    return { forward: Buffer.from(out), detached: false }
  }
}
