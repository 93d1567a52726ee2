import { Gate, internal, invalid, sleep } from '@essaim/base'
import { isCode, tolerate, type Containerd, type Descriptor } from '../../containerd/index.js'
import { chunked, hold, whileLocked } from '../blobs.js'
import type { Repository } from '../registry/repository.js'
import { NetworkError } from '../registry/http.js'

export type DownloadEvent =
  { kind: 'progress'; current: number; total: number } | { kind: 'retrying'; seconds: number } | { kind: 'verifying' }

export type DownloadWatch = (event: DownloadEvent) => void

interface Running {
  watchers: Set<DownloadWatch>
  cancel: AbortController
  done: Promise<void>
}

/** As many layers at a time as Docker's engine. */
const parallel = 3
const tries = 5

/**
 * Brings blobs from registries into the content store. A blob that two pulls want is fetched once; a connection that
 * breaks is taken up where it broke, also by the next process after this one's death.
 */
export class Downloads {
  readonly #running = new Map<string, Running>()
  readonly #gate = new Gate(parallel)

  constructor(private readonly containerd: Containerd) {}

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
    const done = this.#gate
      .run(() => this.#transfer(repository, blob, tell, cancel.signal))
      .finally(() => this.#running.delete(blob.digest))
    const running = { watchers, cancel, done }
    this.#running.set(blob.digest, running)
    return running
  }

  async #join(running: Running, watch: DownloadWatch, signal: AbortSignal): Promise<'done' | 'given-up'> {
    const leave = (): void => {
      running.watchers.delete(watch)
      if (running.watchers.size === 0) running.cancel.abort(new Error('nobody waits for it any more'))
    }
    running.watchers.add(watch)
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
    for (let left = tries; ; left--) {
      try {
        return await this.#attempt(repository, blob, tell, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (isCode(error, 'ALREADY_EXISTS')) return
        if (isFull(error)) throw await this.#giveUp(blob, error)
        if (!(error instanceof NetworkError) || left === 1) throw error
        const seconds = tries - left + 1
        tell({ kind: 'retrying', seconds })
        await sleep(seconds * 1000, signal)
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
    if (writer.offset < blob.size) {
      const { body, offset } = await repository.blob(blob.digest, writer.offset, signal)
      const source = whole(body, writer.offset - offset)
      for await (const chunk of chunked(source)) {
        if (writer.offset + chunk.length > blob.size) {
          await tolerate(content.abort(ref), 'NOT_FOUND')
          throw invalid('registry.size', `${blob.digest} is larger than its manifest says (${blob.size} bytes)`)
        }
        await writer.write(chunk)
        tell({ kind: 'progress', current: writer.offset, total: blob.size })
      }
    }
    if (writer.offset < blob.size) throw new NetworkError('unexpected EOF', undefined)
    tell({ kind: 'verifying' })
    try {
      await writer.commit(blob)
    } catch (error) {
      if (!isCode(error, 'FAILED_PRECONDITION')) throw error
      await tolerate(content.abort(ref), 'NOT_FOUND')
      throw invalid('registry.digest', `filesystem layer verification failed for digest ${blob.digest}`, {
        cause: error,
      })
    }
  }
}

/** The body without its first `skip` bytes; a connection that breaks is a network's error. */
async function* whole(body: AsyncIterable<Buffer>, skip: number): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of body) {
      if (skip >= chunk.length) skip -= chunk.length
      else {
        yield chunk.subarray(skip)
        skip = 0
      }
    }
  } catch (error) {
    throw new NetworkError('unexpected EOF', error)
  }
}

const isFull = (error: unknown): boolean =>
  isCode(error, 'UNKNOWN', 'INTERNAL', 'RESOURCE_EXHAUSTED') && error.message.includes('no space left')
