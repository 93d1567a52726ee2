import { closeSync, mkdirSync, openSync, rmSync } from 'node:fs'
import type { StreamChunk } from '@essaim/api-types'
import { follow, type CursorSource } from '../../logs/cursor.js'
import { LogFile } from '../../logs/file.js'
import { logSettings } from '../../logs/options.js'
import { Recorder } from '../../logs/recorder.js'
import { Spool } from '../../logs/spool.js'
import type { ContainerRecord } from '../record.js'
import type { ContainerPaths } from '../paths.js'
import { freeze, thaw } from './freezer.js'

type Stream = 'stdout' | 'stderr'

/** The output of one run of a container: spools that the shim fills, a log made from them, readers that follow. */
export class RunOutput {
  readonly log: LogFile
  readonly #spools: Partial<Record<Stream, Spool>>
  readonly #recorder: Recorder
  #ended = false
  /** How many need it to go on, however far behind its log is. */
  #unheld = 0

  private constructor(
    paths: ContainerPaths,
    private readonly record: ContainerRecord,
    fresh: boolean,
  ) {
    this.log = new LogFile(paths.log(record.id), logSettings(record.config, record.host.LogConfig))
    if (fresh) this.log.begin()
    this.#spools = Object.fromEntries(
      streamsOf(record).map((stream) => [stream, new Spool(paths.spool(record.id, stream))]),
    )
    // One that writes faster than it can be logged waits, or its spool would fill the disk.
    const pressure = (high: boolean): void => (high && this.#unheld === 0 ? freeze(record) : thaw(record))
    this.#recorder = new Recorder(this.log, this.#spools, { pressure })
  }

  /** For a new process: empty spools. */
  static create(paths: ContainerPaths, record: ContainerRecord): RunOutput {
    mkdirSync(paths.folder(record.id), { recursive: true, mode: 0o710 })
    for (const stream of streamsOf(record)) {
      const path = paths.spool(record.id, stream)
      // A new file, not an emptied one: an older process of a killed run may still hold the other.
      rmSync(path, { force: true })
      closeSync(openSync(path, 'a', 0o600))
    }
    return new RunOutput(paths, record, true)
  }

  /** For a process that a former daemon started. */
  static adopt(paths: ContainerPaths, record: ContainerRecord): RunOutput {
    for (const stream of streamsOf(record)) closeSync(openSync(paths.spool(record.id, stream), 'a', 0o600))
    return new RunOutput(paths, record, false)
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
    await this.#recorder.finish()
    this.#ended = true
    for (const spool of Object.values(this.#spools)) spool.finish()
    this.log.close()
  }

  /** The daemon goes, the process stays. */
  detach(): void {
    if (this.#ended) return
    this.#recorder.stop()
    for (const spool of Object.values(this.#spools)) spool.close()
    this.log.close()
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
