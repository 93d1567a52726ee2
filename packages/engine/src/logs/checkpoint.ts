import { closeSync, openSync, readSync, writeSync } from 'node:fs'

/** How far each stream's spool has been turned into log lines. */
export interface Positions {
  stdout: number
  stderr: number
}

interface Slot extends Positions {
  /** The log file's size at which these positions hold. */
  logSize: number
}

const slotSize = 24

/**
 * Ties the size of a log file to positions in the spools, so that after any kill exactly the lines that are missing are
 * written. Two slots: the next state is announced before the log is appended to; the log's size then tells which of the
 * two holds.
 */
export class Checkpoint {
  readonly #fd: number
  #slots: [Slot, Slot]
  /** The slot that holds now; the other one is free. */
  #current: 0 | 1

  constructor(path: string, logSize: number) {
    this.#fd = openSync(path, 'a+', 0o600)
    closeSync(this.#fd)
    this.#fd = openSync(path, 'r+')
    // Without a word from before, what the log holds is all there is.
    const none: Slot = { logSize, stdout: 0, stderr: 0 }
    const slots = [this.#load(0), this.#load(1)] as const
    this.#slots = [slots[0] ?? slots[1] ?? none, slots[1] ?? slots[0] ?? none]
    const [first, second] = this.#slots
    if (first.logSize === logSize) this.#current = 0
    else if (second.logSize === logSize) this.#current = 1
    else this.#current = first.logSize <= second.logSize ? 0 : 1
  }

  /** Positions that hold, and the size to which a log that was being written must be cut. */
  get now(): Slot {
    return this.#slots[this.#current]
  }

  /** Before the log grows, or is begun anew, to `logSize`. */
  announce(logSize: number, { stdout, stderr }: Positions): void {
    this.#current = this.#current === 0 ? 1 : 0
    this.#slots[this.#current] = { logSize, stdout, stderr }
    const raw = Buffer.alloc(slotSize)
    raw.writeBigUInt64LE(BigInt(logSize), 0)
    raw.writeBigUInt64LE(BigInt(stdout), 8)
    raw.writeBigUInt64LE(BigInt(stderr), 16)
    writeSync(this.#fd, raw, 0, slotSize, this.#current * slotSize)
  }

  /** For a new process, whose spools are empty. */
  reset(logSize: number): void {
    this.announce(logSize, { stdout: 0, stderr: 0 })
    this.announce(logSize, { stdout: 0, stderr: 0 })
  }

  close(): void {
    closeSync(this.#fd)
  }

  #load(index: 0 | 1): Slot | undefined {
    const raw = Buffer.alloc(slotSize)
    if (readSync(this.#fd, raw, 0, slotSize, index * slotSize) < slotSize) return undefined
    return {
      logSize: Number(raw.readBigUInt64LE(0)),
      stdout: Number(raw.readBigUInt64LE(8)),
      stderr: Number(raw.readBigUInt64LE(16)),
    }
  }
}
