import { createReadStream, createWriteStream, existsSync, openSync, renameSync, rmSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'

/** A rotated file as it lies on disk. */
export const compressedName = (path: string, n: number): string => `${path}.${n}.gz`

/** The place of a rotated file, compressed or not; undefined when there is none. */
export function rotatedFile(path: string, n: number): string | undefined {
  return [`${path}.${n}`, compressedName(path, n)].find((file) => existsSync(file))
}

/** Moves every file of a log one place on, and drops what `keep` files have no room for. */
export function moveOn(path: string, keep: number): void {
  for (const last of [`${path}.${keep - 1}`, compressedName(path, keep - 1)]) rmSync(last, { force: true })
  if (keep <= 1) return rmSync(path, { force: true })
  for (let n = keep - 2; n >= 1; n--) {
    for (const ending of ['', '.gz']) {
      if (existsSync(`${path}.${n}${ending}`)) renameSync(`${path}.${n}${ending}`, `${path}.${n + 1}${ending}`)
    }
  }
  if (existsSync(path)) renameSync(path, `${path}.1`)
}

/** Compresses the files of a log that were rotated, one at a time, while further rotations go on. */
export class Compressor {
  /** Which place the file has by now that is being compressed. */
  #place = 0
  #work: Promise<void> | undefined
  readonly #stop = new AbortController()

  constructor(
    private readonly path: string,
    private readonly keep: number,
  ) {}

  /** After a rotation. */
  rotated(): void {
    if (this.#work) this.#place++
    else this.#next()
  }

  /** What is under way is given up; the file stays as it was, and a later rotation finds it. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#work
  }

  #next(): void {
    const places = Array.from({ length: this.keep - 1 }, (_, index) => index + 1)
    const place = places.find((n) => existsSync(`${this.path}.${n}`))
    if (place === undefined || this.#stop.signal.aborted) return
    this.#place = place
    this.#work = this.#compress(`${this.path}.${place}`).then((done) => {
      this.#work = undefined
      // After a failure, such as a full disk, the next rotation tries again.
      if (done) this.#next()
    })
  }

  async #compress(from: string): Promise<boolean> {
    const made = `${this.path}.gz.tmp`
    try {
      // Opened here and now: by the time that a stream opens its file, a rotation may have put another one there.
      const source = createReadStream(from, { fd: openSync(from, 'r') })
      const into = createWriteStream(made, { mode: 0o640 })
      await pipeline(source, createGzip(), into, { signal: this.#stop.signal })
      if (this.#place < this.keep) {
        renameSync(made, compressedName(this.path, this.#place))
        rmSync(`${this.path}.${this.#place}`, { force: true })
      }
      return true
    } catch {
      return false
    } finally {
      rmSync(made, { force: true })
    }
  }
}
