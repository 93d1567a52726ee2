import { execFile } from 'node:child_process'
import { splitLines } from './lines.js'
import type { Line, LogFile } from './file.js'
import type { Spool } from './spool.js'

type Stream = 'stdout' | 'stderr'

/** Bytes that are logged and still on disk in a spool before their space is given back. */
const trimEvery = 16 << 20

/** Bytes that wait to be logged when the writer is asked to wait, and when it may go on. */
const highWater = 4 << 20
const lowWater = 1 << 20

/** Nanoseconds within which two writes are taken for one burst. */
const burst = 2_000_000n

/** What one step takes of a stream: lines may be short, and others wait for their turn. */
const stepSize = 16_384

/** Steps between two turns for others while the rest of an output is logged. */
const stepsATurn = 8

interface Input {
  stream: Stream
  spool: Spool
  /** What was read and has no newline yet: at most one line's length. */
  rest: Buffer
  /** Where the next read starts: `rest` lies before it. */
  position: number
  trimmed: number
}

export interface RecorderOptions {
  /** Told `true` when the writer is far ahead, `false` when it may go on. */
  pressure?: (high: boolean) => void
  trim?: (path: string, upTo: number) => void
}

/** Turns a process's spools into log lines as they grow. One turn of the event loop takes at most 16 KiB of each. */
export class Recorder {
  readonly #inputs: Input[]
  readonly #stop: (() => void)[]
  #scheduled = false
  #pressing = false

  constructor(
    private readonly log: LogFile,
    spools: Partial<Record<Stream, Spool>>,
    private readonly options: RecorderOptions = {},
  ) {
    const { positions } = log
    this.#inputs = (['stderr', 'stdout'] as const).flatMap((stream) => {
      const spool = spools[stream]
      return spool ? [{ stream, spool, rest: Buffer.alloc(0), position: positions[stream], trimmed: 0 }] : []
    })
    this.#stop = this.#inputs.map(({ spool }) => spool.onGrowth(() => this.#schedule()))
    this.#schedule()
  }

  /** The writer is far ahead. */
  get pressing(): boolean {
    return this.#pressing
  }

  /** Logs all that is left, also a last line without a newline, and stops. The spools are complete. */
  async finish(): Promise<void> {
    this.stop()
    for (let steps = 1; this.#step(); steps++) {
      if (steps % stepsATurn === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const lines: Line[] = []
    for (const input of this.#inputs) {
      if (input.rest.length === 0) continue
      lines.push({ stream: input.stream, data: Buffer.concat([input.rest, Buffer.from('\n')]) })
      input.rest = Buffer.alloc(0)
    }
    this.#write(lines)
  }

  stop(): void {
    for (const end of this.#stop.splice(0)) end()
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#stop.length === 0) return
      const more = this.#step()
      this.#press()
      if (more) this.#schedule()
    })
  }

  #press(): void {
    const behind = this.#inputs.reduce((sum, { spool, position }) => sum + spool.size - position, 0)
    const pressing = behind > (this.#pressing ? lowWater : highWater)
    if (pressing === this.#pressing) return
    this.#pressing = pressing
    this.options.pressure?.(pressing)
  }

  /**
   * How two streams were mixed cannot be told: the one that was written to last comes last. Within a burst that
   * is standard error, as Docker Engine has it most of the time.
   */
  #inOrder(): Input[] {
    const [stderr, stdout] = this.#inputs
    if (!stderr || !stdout) return this.#inputs
    return stdout.spool.changedAt - stderr.spool.changedAt > burst ? [stderr, stdout] : [stdout, stderr]
  }

  /** True when there may be more. */
  #step(): boolean {
    const lines: Line[] = []
    let read = false
    for (const input of this.#inOrder()) {
      const data = input.spool.read(input.position, stepSize)
      if (data.length === 0) continue
      read = true
      input.position += data.length
      const all = input.rest.length === 0 ? data : Buffer.concat([input.rest, data])
      const cut = splitLines(all)
      input.rest = Buffer.from(all.subarray(cut.used))
      for (const line of cut.lines) lines.push({ stream: input.stream, data: line })
    }
    this.#write(lines)
    return read
  }

  #write(lines: Line[]): void {
    if (lines.length === 0) return
    const positions = { stdout: 0, stderr: 0 }
    for (const { stream, position, rest } of this.#inputs) positions[stream] = position - rest.length
    this.log.append(lines, positions)
    for (const input of this.#inputs) {
      const logged = positions[input.stream]
      if (logged - input.trimmed < trimEvery) continue
      input.trimmed = logged
      const { trim = punch } = this.options
      trim(input.spool.path, logged)
    }
  }
}

/** Gives the disk back the space of what was logged. A filesystem without holes keeps it until the process ends. */
function punch(path: string, upTo: number): void {
  const length = upTo - (upTo % 4096)
  execFile('fallocate', ['--punch-hole', '--offset', '0', '--length', String(length), path], () => {})
}
