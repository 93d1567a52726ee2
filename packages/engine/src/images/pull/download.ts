import { Gate, internal, invalid, messageOf } from '@essaim/base'
import { isCode, tolerate, type Containerd, type Descriptor } from '../../containerd/index.js'
import { chunked, hold, whileLocked } from '../blobs.js'
import type { RegistryOptions } from '../registry/endpoints.js'
import { NetworkError, type HttpAnswer } from '../registry/http.js'
import { RegistryError } from '../registry/refusal.js'
import { backOff, isPassing } from '../registry/retry.js'
import type { Repository } from '../registry/repository.js'

export type DownloadEvent =
  | { kind: 'waiting' }
  | { kind: 'progress'; current: number; total: number }
  | { kind: 'retrying'; seconds: number }
  | { kind: 'verifying' }

export type DownloadWatch = (event: DownloadEvent) => void

interface Running {
  /** Until it is its turn. */
  waiting: boolean
  watchers: Set<DownloadWatch>
  cancel: AbortController
  done: Promise<void>
}

/**
 * Brings blobs from registries into the content store. A blob that two pulls want is fetched once; a connection that
 * breaks is taken up where it broke, also by the next process after this one's death.
 */
export class Downloads {
  readonly #running = new Map<string, Running>()
  readonly #gate: Gate
  readonly #attempts: number

  constructor(
    private readonly containerd: Containerd,
    { parallelDownloads, downloadAttempts }: Pick<RegistryOptions, 'parallelDownloads' | 'downloadAttempts'>,
  ) {
    this.#gate = new Gate(parallelDownloads)
    this.#attempts = downloadAttempts
  }

  /** Resolves when the blob is there, verified, and held by the lease. */
  async fetch(
    repository: Repository,
    blob: Descriptor,
    lease: string,
    watch: DownloadWatch,
    signal: AbortSignal,
  ): Promise<void> {
    for (;;) {
      signal.throwIfAborted()
      // The lease names the blob before it is there: nothing can take it between its arrival and our use.
      if (await hold(this.containerd, blob.digest, lease)) return
      const running = this.#running.get(blob.digest) ?? this.#start(repository, blob)
      const outcome = await this.#join(running, watch, signal)
      // The one that was joined may have been given up by its own pull: go on ourselves.
      if (outcome === 'done') return
    }
  }

  #start(repository: Repository, blob: Descriptor): Running {
    const cancel = new AbortController()
    const watchers = new Set<DownloadWatch>()
    const tell: DownloadWatch = (event) => watchers.forEach((watch) => watch(event))
    const running: Running = { waiting: this.#gate.full, watchers, cancel, done: Promise.resolve() }
    running.done = this.#gate
      .run(() => {
        running.waiting = false
        return this.#transfer(repository, blob, tell, cancel.signal)
      })
      .finally(() => this.#running.delete(blob.digest))
    this.#running.set(blob.digest, running)
    return running
  }

  async #join(running: Running, watch: DownloadWatch, signal: AbortSignal): Promise<'done' | 'given-up'> {
    const leave = (): void => {
      running.watchers.delete(watch)
      if (running.watchers.size === 0) running.cancel.abort(new Error('nobody waits for it any more'))
    }
    running.watchers.add(watch)
    if (running.waiting) watch({ kind: 'waiting' })
    signal.addEventListener('abort', leave, { once: true })
    try {
      await running.done
      return 'done'
    } catch (error) {
      signal.throwIfAborted()
      if (running.cancel.signal.aborted) return 'given-up'
      throw error
    } finally {
      signal.removeEventListener('abort', leave)
      running.watchers.delete(watch)
    }
  }

  async #transfer(repository: Repository, blob: Descriptor, tell: DownloadWatch, signal: AbortSignal): Promise<void> {
    let arrived = 0
    const watch: DownloadWatch = (event) => {
      if (event.kind === 'progress') arrived = Math.max(arrived, event.current)
      tell(event)
    }
    for (let attempt = 1; ; attempt++) {
      const before = arrived
      try {
        return await this.#attempt(repository, blob, watch, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (isCode(error, 'ALREADY_EXISTS')) return
        if (isFull(error)) throw await this.#giveUp(blob, error)
        // A connection that breaks again and again still brings a large layer home.
        if (arrived > before) attempt = 1
        if (!isPassing(error) || attempt >= this.#attempts) throw error
        await backOff(attempt, (seconds) => tell({ kind: 'retrying', seconds }), signal)
      }
    }
  }

  /** Half a blob is worth keeping, but not on a full disk. */
  async #giveUp(blob: Descriptor, cause: unknown): Promise<Error> {
    await this.discard(blob)
    const hint = 'free some space under the data root'
    return internal('disk.full', 'failed to download: no space left on device', { hint, cause })
  }

  /** Forgets what has arrived of a blob. */
  async discard(blob: Descriptor): Promise<void> {
    const abort = (): Promise<void> => this.containerd.content.abort(`pull-${blob.digest}`)
    await whileLocked(() => tolerate(abort(), 'NOT_FOUND'))
  }

  async #attempt(repository: Repository, blob: Descriptor, tell: DownloadWatch, signal: AbortSignal): Promise<void> {
    const { content } = this.containerd
    const ref = `pull-${blob.digest}`
    await using writer = await whileLocked(async () => {
      // Without the lease: half a blob outlives this process, and the next pull goes on with it within a day.
      const opened = content.writer(ref, { signal })
      try {
        await opened.open(blob)
        return opened
      } catch (error) {
        await opened[Symbol.asyncDispose]()
        throw error
      }
    }, signal)
    // What was here before may be of a registry that lied, or of a file that has changed.
    const resumed = writer.offset > 0
    const refuse = async (code: string, why: string, cause?: unknown): Promise<Error> => {
      await tolerate(content.abort(ref), 'NOT_FOUND')
      return resumed ? new NetworkError(why, cause) : invalid(code, why, { cause })
    }
    if (writer.offset < blob.size) {
      const { body, offset } = await repository
        .blob(blob.digest, writer.offset, signal)
        .catch(async (error: unknown) => {
          throw resumed && isRangeRefused(error) ? await refuse('registry.size', messageOf(error), error) : error
        })
      for await (const chunk of chunked(rest(body, writer.offset - offset))) {
        if (writer.offset + chunk.length > blob.size) {
          throw await refuse('registry.size', `${blob.digest} is larger than its manifest says (${blob.size} bytes)`)
        }
        await writer.write(chunk)
        tell({ kind: 'progress', current: writer.offset, total: blob.size })
      }
      if (writer.offset < blob.size) {
        const text = `${blob.digest} is smaller than its manifest says (${writer.offset} of ${blob.size} bytes)`
        throw await refuse('registry.size', text)
      }
    }
    tell({ kind: 'verifying' })
    try {
      await writer.commit(blob)
    } catch (error) {
      if (!isCode(error, 'FAILED_PRECONDITION')) throw error
      throw await refuse('registry.digest', `filesystem layer verification failed for digest ${blob.digest}`, error)
    }
  }
}

/** The body without its first `skip` bytes; a connection that breaks is a network's error. */
async function* rest(body: HttpAnswer, skip: number): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (skip >= chunk.length) skip -= chunk.length
      else {
        yield chunk.subarray(skip)
        skip = 0
      }
    }
  } catch (error) {
    throw new NetworkError('unexpected EOF', error)
  }
  // Where nothing says how long a body is, a closed connection may have been cut.
  const { 'content-length': length, 'transfer-encoding': encoding } = body.headers
  if (length === undefined && encoding === undefined) throw new NetworkError('unexpected EOF', undefined)
}

const isRangeRefused = (error: unknown): boolean => error instanceof RegistryError && error.status === 416

const isFull = (error: unknown): boolean =>
  isCode(error, 'UNKNOWN', 'INTERNAL', 'RESOURCE_EXHAUSTED') && error.message.includes('no space left')
