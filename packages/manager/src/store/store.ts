import { AsyncQueue, internal, messageOf, rfc3339, systemClock, unavailable } from '@essaim/base'
import type { Clock } from '@essaim/base'
import type { Identity } from '@essaim/api-types'
import { journalEntry, journalLimit } from './contract.js'
import type { Backend, ChangeBatch, JournalEntry, Responder, Store, Tx, View } from './contract.js'
import { deepFreeze } from './freeze.js'
import { Layer } from './layer.js'
import { State } from './state.js'
import { Transaction } from './transaction.js'

export interface StoreOptions {
  clock?: Clock
  /** How many batches a watcher may fall behind before it is closed. */
  watchLimit?: number
}

interface Write {
  author: Identity
  reason: string
  run(tx: Tx): unknown
  resolve(result: unknown): void
  reject(error: unknown): void
}

/** Loads what the backend holds and serves it. Closing the store closes the backend. */
export async function openStore(backend: Backend, options: StoreOptions = {}): Promise<Store> {
  const { revision, objects, journal } = await backend.load()
  const state = new State()
  for (const { table, object } of objects) state.put(table, deepFreeze(object))
  state.revision = revision
  return new MemoryStore(state, journal, backend, options.clock ?? systemClock, options.watchLimit ?? 10_000)
}

class MemoryStore implements Store {
  #waiting: Write[] = []
  #pump: Promise<void> | undefined
  #closed = false
  readonly #watchers = new Set<AsyncQueue<ChangeBatch>>()
  readonly #responders = new Set<Responder>()

  constructor(
    private readonly state: State,
    private readonly past: JournalEntry[],
    private readonly backend: Backend,
    private readonly clock: Clock,
    private readonly watchLimit: number,
  ) {}

  view(): View {
    return this.state
  }

  update<R>(author: Identity, reason: string, write: (tx: Tx) => R): Promise<R> {
    if (this.#closed) return Promise.reject(closed())
    return new Promise<R>((resolve, reject) => {
      this.#waiting.push({ author, reason, run: write, resolve: (result) => resolve(result as R), reject })
      this.#pump ??= this.#drain()
    })
  }

  watch(signal: AbortSignal): { view: View; changes: AsyncIterable<ChangeBatch> } {
    const abort = (): void => queue.close()
    const queue = new AsyncQueue<ChangeBatch>(this.watchLimit, () => {
      this.#watchers.delete(queue)
      signal.removeEventListener('abort', abort)
    })
    if (signal.aborted || this.#closed) queue.close()
    else {
      this.#watchers.add(queue)
      signal.addEventListener('abort', abort, { once: true })
    }
    return { view: this.state, changes: queue }
  }

  respond(responder: Responder): () => void {
    this.#responders.add(responder)
    return () => this.#responders.delete(responder)
  }

  journal(): readonly JournalEntry[] {
    return this.past
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#pump
    for (const watcher of this.#watchers) watcher.close()
    await this.backend.close()
  }

  /** Writes that arrive while a commit is under way share the next one. */
  async #drain(): Promise<void> {
    await Promise.resolve()
    while (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0))
    this.#pump = undefined
  }

  async #commit(writes: Write[]): Promise<void> {
    const { done, batches } = this.#run(writes)
    try {
      if (batches.length > 0) await this.backend.commit(batches)
    } catch (cause) {
      const error = internal('store.commit', `the change could not be stored: ${messageOf(cause)}`, { cause })
      for (const { write } of done) write.reject(error)
      for (const responder of this.#responders) responder.failed(error)
      return
    }
    for (const batch of batches) this.#publish(batch)
    for (const { write, result } of done) write.resolve(result)
  }

  /** Each write sees those before it; one that throws is refused alone. Responders come last. */
  #run(writes: Write[]): { done: { write: Write; result: unknown }[]; batches: ChangeBatch[] } {
    const together = new Layer(this.state)
    const time = rfc3339(this.clock.now())
    const done: { write: Write; result: unknown }[] = []
    const batches: ChangeBatch[] = []
    const begin = (): Transaction => new Transaction(together, this.state.revision + batches.length + 1, time)
    const record = ({ author, reason }: Pick<Write, 'author' | 'reason'>, tx: Transaction): void => {
      const changes = tx.changes()
      if (changes.length === 0) return
      together.absorb(changes)
      batches.push({ revision: tx.revision, author, reason, time, changes })
    }
    for (const write of writes) {
      const tx = begin()
      try {
        done.push({ write, result: write.run(tx) })
      } catch (error) {
        write.reject(error)
        continue
      }
      record(write, tx)
    }
    for (const responder of this.#responders) {
      const heard = batches.flatMap(({ changes }) => changes)
      const tx = begin()
      try {
        const reason = responder.respond(tx, heard)
        if (reason !== undefined) record({ author: responder.author, reason }, tx)
      } catch (error) {
        responder.failed(error)
      }
    }
    return { done, batches }
  }

  #publish(batch: ChangeBatch): void {
    this.state.apply(batch.revision, batch.changes)
    this.past.push(journalEntry(batch))
    if (this.past.length > journalLimit) this.past.shift()
    for (const watcher of this.#watchers) watcher.push(batch)
  }
}

const closed = (): Error => unavailable('store.closed', 'the cluster store is closed')
