import { closeSync, fstatSync, openSync, readSync, watch, type FSWatcher } from 'node:fs'

/** How much one read takes: as much as a pipe holds. */
const chunk = 65_536

/**
 * One stream of a process's output, as bytes in a file that containerd's shim appends to. It grows whether the daemon
 * lives or not; readers keep their own positions. Readers are woken when it grows and when it is finished.
 */
export class Spool {
  readonly #fd: number
  readonly #watcher: FSWatcher
  readonly #readers = new Set<() => void>()
  #finished = false
  #closed = false

  /** The file must exist. */
  constructor(readonly path: string) {
    this.#fd = openSync(path, 'r')
    this.#watcher = watch(path, { persistent: false }, () => this.#wake())
    // The watch ends with the file; what was written is still read through the descriptor.
    this.#watcher.on('error', () => this.#watcher.close())
  }

  get size(): number {
    return this.#closed ? 0 : fstatSync(this.#fd).size
  }

  /** When it was last written to, in nanoseconds, as exactly as the kernel keeps it. */
  get changedAt(): bigint {
    return this.#closed ? 0n : fstatSync(this.#fd, { bigint: true }).mtimeNs
  }

  /** No byte will follow. */
  get finished(): boolean {
    return this.#finished
  }

  /** Up to `limit` bytes from `position`; empty when there is nothing yet. */
  read(position: number, limit: number = chunk): Buffer {
    if (this.#closed) return Buffer.alloc(0)
    const buffer = Buffer.allocUnsafe(limit)
    return buffer.subarray(0, readSync(this.#fd, buffer, 0, limit, position))
  }

  /** A reader: `listener` is called whenever there may be more, until the answer is called. */
  onGrowth(listener: () => void): () => void {
    this.#readers.add(listener)
    return () => {
      this.#readers.delete(listener)
      if (this.#finished && this.#readers.size === 0) this.close()
    }
  }

  /** The writer is gone and has written all. The file is closed when the last reader has left. */
  finish(): void {
    this.#finished = true
    this.#watcher.close()
    if (this.#readers.size === 0) this.close()
    else this.#wake()
  }

  /** Readers that have not come to the end see the end here. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#finished = true
    this.#watcher.close()
    closeSync(this.#fd)
    this.#wake()
  }

  #wake(): void {
    for (const listener of [...this.#readers]) listener()
  }
}
