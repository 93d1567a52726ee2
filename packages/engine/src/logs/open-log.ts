import { closeSync, createReadStream, createWriteStream, openSync, rmSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGunzip } from 'node:zlib'

let temporary = 0

/** One file of a log, held open: what it is named by later does not matter. */
export class OpenLog {
  readonly #fd: number
  readonly #compressed: boolean
  #plain: Promise<number> | undefined
  #extra: number | undefined

  constructor(private readonly path: string) {
    this.#fd = openSync(path, 'r')
    this.#compressed = path.endsWith('.gz')
  }

  /** A descriptor of its text; that of a compressed file is made when it is first asked for. */
  plain(): Promise<number> {
    this.#plain ??= this.#compressed ? this.#decompress() : Promise.resolve(this.#fd)
    return this.#plain
  }

  close(): void {
    closeSync(this.#fd)
    if (this.#extra !== undefined) closeSync(this.#extra)
  }

  /** Into a file that has no name any more, so that nothing is left of it. */
  async #decompress(): Promise<number> {
    const path = `${this.path}.${process.pid}.${temporary++}.tmp`
    const fd = openSync(path, 'w+', 0o600)
    this.#extra = fd
    rmSync(path)
    const from = createReadStream('', { fd: this.#fd, autoClose: false, start: 0 })
    await pipeline(from, createGunzip(), createWriteStream('', { fd, autoClose: false, start: 0 }))
    return fd
  }
}
