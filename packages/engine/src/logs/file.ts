import {
  closeSync,
  existsSync,
  ftruncateSync,
  fstatSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { nowNano } from '@essaim/base'
import { Checkpoint, type Positions } from './checkpoint.js'
import type { LogSettings } from './options.js'

export interface Line {
  stream: 'stdout' | 'stderr'
  /** With its newline, unless it is a part of a longer line. */
  data: Buffer
}

/**
 * The json-file log of a container: one JSON object a line, rotated by size. What is appended is tied to positions in the
 * spools, so nothing is lost or doubled over a kill.
 */
export class LogFile {
  #fd: number
  #size: number
  readonly #checkpoint: Checkpoint
  readonly #attributes: string
  readonly #listeners = new Set<() => void>()
  /** Counts rotations; a reader that follows compares. */
  generation = 0

  constructor(
    readonly path: string,
    private readonly settings: LogSettings,
  ) {
    this.#fd = openSync(path, 'a', 0o640)
    this.#size = fstatSync(this.#fd).size
    this.#checkpoint = new Checkpoint(`${path}.position`, this.#size)
    this.#attributes = settings.attributes ? `"attrs":${JSON.stringify(settings.attributes)},` : ''
    const { logSize } = this.#checkpoint.now
    if (logSize < this.#size) {
      // A write that a kill cut short: its lines are still in the spools.
      ftruncateSync(this.#fd, logSize)
      this.#size = logSize
    }
  }

  get positions(): Positions {
    return this.#checkpoint.now
  }

  /** A new process starts with empty spools. */
  begin(): void {
    this.#checkpoint.reset(this.#size)
  }

  append(lines: Line[], positions: Positions): void {
    if (this.settings.driver === 'none' || lines.length === 0) return
    const raw = Buffer.from(this.#encode(lines))
    if (this.settings.maxSize !== undefined && this.#size >= this.settings.maxSize) this.#rotate()
    this.#checkpoint.announce(this.#size + raw.length, positions)
    for (let done = 0; done < raw.length;) done += writeSync(this.#fd, raw, done)
    this.#size += raw.length
    for (const listener of this.#listeners) listener()
  }

  /** Calls `listener` after each append and when the file is closed, until the answer is called. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    closeSync(this.#fd)
    this.#checkpoint.close()
    for (const listener of this.#listeners) listener()
  }

  /** Lines of one append are a nanosecond apart: asking the time for each would cost more than all the rest. */
  #encode(lines: Line[]): string {
    const now = nowNano()
    const second = now.slice(0, 20)
    const fraction = Number(now.slice(20, 29))
    let text = ''
    for (const [index, { stream, data }] of lines.entries()) {
      const time = `${second}${String(Math.min(fraction + index, 999_999_999)).padStart(9, '0')}Z`
      text += `{"log":${JSON.stringify(data.toString('utf8'))},"stream":"${stream}",${this.#attributes}"time":"${time}"}\n`
    }
    return text
  }

  #rotate(): void {
    this.#checkpoint.announce(0, this.#checkpoint.now)
    rotateFiles(this.path, this.settings.maxFiles)
    closeSync(this.#fd)
    this.#fd = openSync(this.path, 'a', 0o640)
    this.#size = 0
    this.generation++
  }
}

/** The log's files from the oldest to the newest. */
export function logFiles(path: string): string[] {
  const old: string[] = []
  for (let n = 1; existsSync(`${path}.${n}`); n++) old.unshift(`${path}.${n}`)
  return statSync(path, { throwIfNoEntry: false }) ? [...old, path] : old
}

function rotateFiles(path: string, keep: number): void {
  rmSync(keep > 1 ? `${path}.${keep - 1}` : path, { force: true })
  for (let n = keep - 2; n >= 1; n--) if (existsSync(`${path}.${n}`)) renameSync(`${path}.${n}`, `${path}.${n + 1}`)
  if (keep > 1) renameSync(path, `${path}.1`)
}
