import { fstatSync, readSync } from 'node:fs'
import type { LogEntry, LogsOptions } from '@essaim/api-types'
import { Wakeup } from './cursor.js'
import { logFiles, type LogFile } from './file.js'
import { OpenLog } from './open-log.js'
import { rotatedFile } from './rotate.js'
import { tailOffset } from './tail.js'

const chunk = 65_536

/**
 * The entries of a log that `options` asks for, oldest first. `live` is the log that is being written, if it is: with
 * `follow` the entries go on until it ends.
 */
export async function* readLog(
  path: string,
  options: LogsOptions,
  live: { log: LogFile; ended: () => boolean } | undefined,
  signal: AbortSignal,
): AsyncGenerator<LogEntry> {
  if (options.tail === 0 && !options.follow) return
  const generation = live?.log.generation ?? 0
  // All at once: a rotation moves them.
  const files = logFiles(path).map((file) => new OpenLog(file))
  try {
    const start = options.tail === undefined ? { file: 0, offset: 0 } : await tailOffset(files, options.tail)
    for (let index = start.file; index < files.length; index++) {
      const fd = await files[index]?.plain()
      if (fd === undefined) continue
      const reader = new EntryReader(fd, index === start.file ? start.offset : 0)
      const last = index === files.length - 1
      if (last && options.follow && live) {
        yield* pick(followEntries(reader, path, live, generation, signal), options)
      } else {
        yield* pick(reader.entries(), options)
      }
    }
  } finally {
    for (const file of files) file.close()
  }
}

/** Reads on as the log grows; a rotation is followed into the new file. */
async function* followEntries(
  first: EntryReader,
  path: string,
  { log, ended }: { log: LogFile; ended: () => boolean },
  startGeneration: number,
  signal: AbortSignal,
): AsyncGenerator<LogEntry> {
  let reader = first
  let generation = startGeneration
  let opened: OpenLog | undefined
  const wakeup = new Wakeup()
  const notify = (): void => wakeup.notify()
  const stop = log.onAppend(notify)
  signal.addEventListener('abort', notify, { once: true })
  try {
    while (!signal.aborted) {
      wakeup.reset()
      const last = ended()
      const rotated = log.generation > generation
      yield* reader.entries()
      if (rotated) {
        generation++
        opened?.close()
        const behind = log.generation - generation
        const next = behind > 0 ? rotatedFile(path, behind) : path
        // Gone before it was read: the log is written faster than it is followed.
        opened = next === undefined ? undefined : new OpenLog(next)
        if (opened) reader = new EntryReader(await opened.plain(), 0)
        continue
      }
      if (last) return
      await wakeup.wait()
    }
  } finally {
    signal.removeEventListener('abort', notify)
    stop()
    opened?.close()
  }
}

async function* pick(
  entries: Iterable<LogEntry> | AsyncIterable<LogEntry>,
  { stdout, stderr, since, until }: LogsOptions,
): AsyncGenerator<LogEntry> {
  for await (const entry of entries) {
    if (until !== undefined && entry.time > until) return
    if (since !== undefined && entry.time < since) continue
    if (entry.stream === 'stdout' ? stdout : stderr) yield entry
  }
}

/** Whole entries of one file, from an offset; what is not complete yet waits for the next call. */
class EntryReader {
  #rest = Buffer.alloc(0)

  constructor(
    private readonly fd: number,
    private position: number,
  ) {}

  *entries(): Generator<LogEntry> {
    const buffer = Buffer.allocUnsafe(chunk)
    while (this.position < fstatSync(this.fd).size) {
      const read = readSync(this.fd, buffer, 0, chunk, this.position)
      if (read === 0) return
      this.position += read
      let all = Buffer.concat([this.#rest, buffer.subarray(0, read)])
      for (let end = all.indexOf(10); end >= 0; end = all.indexOf(10)) {
        const entry = decode(all.subarray(0, end))
        all = all.subarray(end + 1)
        this.#rest = all
        if (entry) yield entry
      }
      this.#rest = Buffer.from(all)
    }
  }
}

/** Undefined for a line that is not ours, such as one of a disk that was full. */
function decode(line: Buffer): LogEntry | undefined {
  try {
    const { log, stream, time, attrs } = JSON.parse(line.toString('utf8')) as Record<string, unknown>
    if (typeof log !== 'string' || typeof time !== 'string') return undefined
    return {
      stream: stream === 'stderr' ? 'stderr' : 'stdout',
      time,
      data: Buffer.from(log),
      ...(attrs !== undefined && { attributes: attrs as Record<string, string> }),
    }
  } catch {
    return undefined
  }
}
