import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import { internal, messageOf } from '@essaim/base'
import type { StreamChunk } from '@essaim/api-types'
import { fileAttributes } from '../../logs/attributes.js'
import { follow, type CursorSource } from '../../logs/cursor.js'
import { LogFile } from '../../logs/file.js'
import { logSettings } from '../../logs/options.js'
import { openSink } from '../../logs/remote/open.js'
import type { LogSink } from '../../logs/remote/sink.js'
import { Recorder } from '../../logs/recorder.js'
import { logSource } from '../../logs/source.js'
import { Spool } from '../../logs/spool.js'
import type { ContainerRecord } from '../record.js'
import type { ContainerPaths } from '../paths.js'
import { freeze, thaw } from './freezer.js'

type Stream = 'stdout' | 'stderr'

/** How long a receiver may take over the last lines of a run, in milliseconds. */
const lastWords = 3000

export type LostLines = (driver: string, error: Error) => void

/** The output of one run of a container: spools that the shim fills, a log made from them, readers that follow. */
export class RunOutput {
  readonly log: LogFile
  readonly #spools: Partial<Record<Stream, Spool>>
  readonly #sink: LogSink | undefined
  readonly #recorder: Recorder
  #ended = false
  /** How many need it to go on, however far behind its log is. */
  #unheld = 0

  private constructor(
    paths: ContainerPaths,
    private readonly record: ContainerRecord,
    fresh: boolean,
    /** Told when lines could not be sent or held. */
    onLost: LostLines,
  ) {
    const settings = logSettings(record.host.LogConfig)
    const { driver, options } = settings
    const source = logSource(record)
    const lost = (error: Error): void => onLost(driver, error)
    this.log = new LogFile(
      paths.log(record.id),
      settings.file,
      driver === 'json-file' ? fileAttributes(source, options) : {},
    )
    this.#sink = openSink(settings, source, lost)
    if (fresh) this.log.begin()
    this.#spools = Object.fromEntries(
      streamsOf(record).map((stream) => [stream, new Spool(paths.spool(record.id, stream))]),
    )
    // One that writes faster than it can be logged waits, or its spool would fill the disk.
    const pressure = (high: boolean): void => (high && this.#unheld === 0 ? freeze(record) : thaw(record))
    this.#recorder = new Recorder(this.log, this.#spools, {
      pressure,
      onLost: lost,
      ...(this.#sink && { sink: this.#sink }),
      ...(settings.maxBuffer !== undefined && { maxBuffer: settings.maxBuffer }),
    })
  }

  /** For a new process: empty spools. */
  static create(paths: ContainerPaths, record: ContainerRecord, onLost: LostLines): RunOutput {
    mkdirSync(paths.folder(record.id), { recursive: true, mode: 0o710 })
    for (const stream of streamsOf(record)) {
      const path = paths.spool(record.id, stream)
      // A new file, not an emptied one: an older process of a killed run may still hold the other.
      rmSync(path, { force: true })
      closeSync(openSync(path, 'a', 0o600))
    }
    return new RunOutput(paths, record, true, onLost)
  }

  /** For a process that a former daemon started. */
  static adopt(paths: ContainerPaths, record: ContainerRecord, onLost: LostLines): RunOutput {
    for (const stream of streamsOf(record)) closeSync(openSync(paths.spool(record.id, stream), 'a', 0o600))
    return new RunOutput(paths, record, false, onLost)
  }

  /** Fails, in Docker's words, when the log driver's receiver is not there. */
  async connect(): Promise<void> {
    try {
      await this.#sink?.connect()
    } catch (error) {
      throw internal('container.log-driver', `failed to initialize logging driver: ${messageOf(error)}`, {
        cause: error,
      })
    }
  }

  /** For what the runtime refuses on a container that stands still. */
  async unheld<T>(work: () => Promise<T>): Promise<T> {
    this.release()
    try {
      return await work()
    } finally {
      this.#unheld--
      if (this.#unheld === 0 && this.#recorder.pressing) freeze(this.record)
    }
  }

  /** It is being killed: nothing may hold it up any more. */
  release(): void {
    this.#unheld++
    thaw(this.record)
  }

  get ended(): boolean {
    return this.#ended
  }

  /** What is written from now on, at the reader's own pace. */
  follow(wanted: Record<Stream, boolean>, from: 'now' | 'start', signal: AbortSignal): AsyncIterable<StreamChunk> {
    const sources = (Object.entries(this.#spools) as [Stream, Spool][])
      .filter(([stream]) => wanted[stream])
      .map(([stream, spool]): CursorSource => ({ stream, spool, position: from === 'now' ? spool.size : 0 }))
    return follow(sources, signal)
  }

  /** All has been written: logs the rest and lets readers come to the end. */
  async finish(): Promise<void> {
    if (this.#ended) return
    const impatience = setTimeout(() => this.#sink?.giveUp(), lastWords)
    try {
      await this.#recorder.finish()
      this.#ended = true
      for (const spool of Object.values(this.#spools)) spool.finish()
      await Promise.all([this.log.close(), this.#sink?.close()])
    } finally {
      clearTimeout(impatience)
    }
  }

  /** The daemon goes, the process stays. */
  detach(): void {
    if (this.#ended) return
    this.#recorder.detach()
    for (const spool of Object.values(this.#spools)) spool.close()
    void this.log.close()
    void this.#sink?.close()
  }
}

/** A terminal has one stream. */
function streamsOf({ config }: ContainerRecord): Stream[] {
  return config.Tty === true ? ['stdout'] : ['stdout', 'stderr']
}

/** Removes the spools of a run that is over and logged. Readers keep the files they hold open. */
export function removeSpools(paths: ContainerPaths, id: string): void {
  for (const stream of ['stdout', 'stderr'] as const) rmSync(paths.spool(id, stream), { force: true })
}
