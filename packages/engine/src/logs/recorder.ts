import { execFile } from 'node:child_process'
import type { LogEntry } from '@essaim/api-types'
import type { Positions } from './checkpoint.js'
import { splitLines } from './lines.js'
import { stamp, type Line } from './entry.js'
import type { LogFile } from './file.js'
import type { LogSink } from './remote/sink.js'
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
  /** Where lines go before they are logged here. */
  sink?: LogSink
  /** Told why the sink did not take lines. They are logged here all the same. */
  onLost?: (error: Error) => void
  /** Never press the writer: drop what is more than so many bytes behind. */
  maxBuffer?: number
}

/** Turns a process's spools into log lines as they grow. One turn of the event loop takes at most 16 KiB of each. */
export class Recorder {
  readonly #inputs: Input[]
  readonly #stop: (() => void)[]
  #scheduled = false
  #pressing = false
  /** A step that waits for the sink. */
  #step: Promise<boolean> | undefined
  #detached = false

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
    await this.#step
    for (let steps = 1, more = true; more; steps++) {
      more = await this.#take()
      if (steps % stepsATurn === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const lines: Line[] = []
    for (const input of this.#inputs) {
      if (input.rest.length === 0) continue
      lines.push({ stream: input.stream, data: Buffer.concat([input.rest, Buffer.from('\n')]) })
      input.rest = Buffer.alloc(0)
    }
    await this.#write(lines)
  }

  stop(): void {
    for (const end of this.#stop.splice(0)) end()
  }

  /** The daemon goes: what the sink has not taken yet is the next one's to send. */
  detach(): void {
    this.stop()
    this.#detached = true
    this.options.sink?.giveUp()
  }

  #schedule(): void {
    // A writer that goes on while the sink takes its time is told to wait, too.
    if (this.#step) return this.#press()
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (this.#stop.length === 0) return
      const taken = this.#take()
      if (typeof taken === 'boolean') return this.#taken(taken)
      this.#step = taken
      void taken.then((more) => {
        this.#step = undefined
        if (this.#stop.length > 0) this.#taken(more)
      })
    })
  }

  #taken(more: boolean): void {
    this.#press()
    if (more) this.#schedule()
  }

  #press(): void {
    const behind = this.#inputs.reduce((sum, { spool, position }) => sum + spool.size - position, 0)
    const { maxBuffer } = this.options
    if (maxBuffer !== undefined) {
      if (behind > Math.max(maxBuffer, highWater)) this.#skip(maxBuffer)
      return
    }
    const pressing = behind > (this.#pressing ? lowWater : highWater)
    if (pressing === this.#pressing) return
    this.#pressing = pressing
    this.options.pressure?.(pressing)
  }

  /** Drops what is oldest, but for `keep` bytes of each stream, up to the start of a line. */
  #skip(keep: number): void {
    if (this.#step) return
    for (const input of this.#inputs) {
      const to = input.spool.size - keep
      if (to <= input.position) continue
      const next = input.spool.read(to, stepSize * 2)
      input.position = to + next.indexOf(10) + 1
      input.rest = Buffer.alloc(0)
    }
    this.options.onLost?.(new Error(`lines were dropped: the log is more than ${keep} bytes behind`))
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

  /** One step. True when there may be more. */
  #take(): boolean | Promise<boolean> {
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
    const written = this.#write(lines)
    return written ? written.then(() => read) : read
  }

  /** To the sink first: what it took and a kill kept from being written down here is sent again, never lost. */
  #write(lines: Line[]): Promise<void> | undefined {
    if (lines.length === 0) return undefined
    const entries = stamp(lines)
    const positions = { stdout: 0, stderr: 0 }
    for (const { stream, position, rest } of this.#inputs) positions[stream] = position - rest.length
    const { sink, onLost } = this.options
    if (!sink) {
      this.#append(entries, positions)
      return undefined
    }
    return sink
      .write(entries)
      .catch((error: unknown) => onLost?.(error as Error))
      .then(() => {
        if (!this.#detached) this.#append(entries, positions)
      })
  }

  #append(entries: LogEntry[], positions: Positions): void {
    this.log.append(entries, positions)
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
