import { closeSync, ftruncateSync, fstatSync, openSync, statSync, writeSync } from 'node:fs'
import type { LogEntry } from '@essaim/api-types'
import { Checkpoint, type Positions } from './checkpoint.js'
import type { FileSettings } from './options.js'
import { Compressor, moveOn, rotatedFile } from './rotate.js'

/**
 * The json-file log of a container: one JSON object a line, rotated by size. What is appended is tied to positions in the
 * spools, so nothing is lost or doubled over a kill.
 */
export class LogFile {
  #fd: number
  #size: number
  readonly #checkpoint: Checkpoint
  readonly #attributes: string
  readonly #compressor: Compressor | undefined
  readonly #listeners = new Set<() => void>()
  /** Counts rotations; a reader that follows compares. */
  generation = 0

  constructor(
    readonly path: string,
    private readonly settings: FileSettings,
    /** Written with every entry, shown by `docker logs --details`. */
    attributes: Record<string, string> = {},
  ) {
    this.#fd = openSync(path, 'a', 0o640)
    this.#size = fstatSync(this.#fd).size
    this.#checkpoint = new Checkpoint(`${path}.position`, this.#size)
    this.#attributes = Object.keys(attributes).length > 0 ? `"attrs":${JSON.stringify(attributes)},` : ''
    this.#compressor = settings.compress ? new Compressor(path, settings.maxFiles) : undefined
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

  append(entries: LogEntry[], positions: Positions): void {
    if (entries.length === 0) return
    // What is kept nowhere is done with all the same.
    if (!this.settings.keep) return this.#checkpoint.announce(this.#size, positions)
    for (const part of this.#parts(entries, positions)) {
      const raw = Buffer.from(part.text)
      const { maxSize = Infinity } = this.settings
      if (this.#size > 0 && this.#size + raw.length > maxSize) this.#rotate()
      this.#checkpoint.announce(this.#size + raw.length, part.positions)
      for (let done = 0; done < raw.length;) done += writeSync(this.#fd, raw, done)
      this.#size += raw.length
    }
    for (const listener of this.#listeners) listener()
  }

  /** What goes into one file: all of it, but for files that are smaller than what comes at once. */
  #parts(entries: LogEntry[], positions: Positions): { text: string; positions: Positions }[] {
    const texts = entries.map((entry) => this.#encode(entry))
    const { maxSize = Infinity } = this.settings
    const total = texts.reduce((sum, text) => sum + text.length, 0)
    if (total * 4 <= maxSize || entries.length <= 2) return [{ text: texts.join(''), positions }]
    const before = { ...positions }
    // Where the spools stand before each line, counted back from where they stand after the last one.
    const starts = entries.toReversed().map(({ stream, data }) => {
      before[stream] -= data.length
      return { ...before }
    })
    starts.reverse()
    const parts: { text: string; positions: Positions }[] = []
    for (const [index, text] of texts.entries()) {
      const last = parts.at(-1)
      const after = starts[index + 1] ?? positions
      if (last && (last.text.length + text.length) * 2 <= maxSize) {
        last.text += text
        last.positions = after
      } else parts.push({ text, positions: after })
    }
    return parts
  }

  /** Calls `listener` after each append and when the file is closed, until the answer is called. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Readers come to the end at once; the answer settles when nothing of it is at work any more. */
  close(): Promise<void> {
    closeSync(this.#fd)
    this.#checkpoint.close()
    for (const listener of this.#listeners) listener()
    return this.#compressor?.stop() ?? Promise.resolve()
  }

  #encode({ stream, data, time }: LogEntry): string {
    return `{"log":${JSON.stringify(data.toString('utf8'))},"stream":"${stream}",${this.#attributes}"time":"${time}"}\n`
  }

  #rotate(): void {
    this.#checkpoint.announce(0, this.#checkpoint.now)
    moveOn(this.path, this.settings.maxFiles)
    closeSync(this.#fd)
    this.#fd = openSync(this.path, 'a', 0o640)
    this.#size = 0
    this.generation++
    this.#compressor?.rotated()
  }
}

/** The log's files from the oldest to the newest; those that were rotated may be compressed. */
export function logFiles(path: string): string[] {
  const old: string[] = []
  for (let n = 1, file = rotatedFile(path, n); file !== undefined; file = rotatedFile(path, ++n)) old.unshift(file)
  return statSync(path, { throwIfNoEntry: false }) ? [...old, path] : old
}
