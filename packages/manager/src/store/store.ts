import { internal, isKind, messageOf, rfc3339, systemClock, unavailable } from '@essaim/base'
import type { Clock } from '@essaim/base'
import type { Identity } from '@essaim/api-types'
import type { Backend, BackendContent, ChangeBatch, JournalEntry, Responder, Store, Tx, View } from './contract.js'
import { Layer } from './layer.js'
import { Published } from './published.js'
import type { State } from './state.js'
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
  const published = new Published(await backend.load(), options.watchLimit)
  return new MemoryStore(published, backend, options.clock ?? systemClock)
}

class MemoryStore implements Store {
  #waiting: Write[] = []
  #moves: (() => Promise<void>)[] = []
  #pump: Promise<void> | undefined
  #closed = false
  readonly #responders = new Set<Responder>()

  constructor(
    private readonly published: Published,
    private backend: Backend,
    private readonly clock: Clock,
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
    return this.published.watch(signal)
  }

  respond(responder: Responder): () => void {
    this.#responders.add(responder)
    return () => this.#responders.delete(responder)
  }

  journal(): readonly JournalEntry[] {
    return this.published.journal
  }

  moveTo(take: (content: BackendContent) => Promise<Backend>): Promise<void> {
    if (this.#closed) return Promise.reject(closed())
    return new Promise((resolve, reject) => {
      this.#moves.push(() => this.#move(take).then(resolve, reject))
      this.#pump ??= this.#drain()
    })
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#pump
    this.published.close()
    await this.backend.close()
  }

  /** Writes that arrive while a commit is under way share the next one. */
  async #drain(): Promise<void> {
    await Promise.resolve()
    while (this.#waiting.length > 0 || this.#moves.length > 0) {
      for (const move of this.#moves.splice(0)) await move()
      if (this.#waiting.length > 0) await this.#commit(this.#waiting.splice(0))
    }
    this.#pump = undefined
  }

  async #move(take: (content: BackendContent) => Promise<Backend>): Promise<void> {
    const next = await take(this.published.content())
    const before = this.backend
    this.backend = next
    await before.close()
  }

  async #commit(writes: Write[]): Promise<void> {
    const { done, batches } = this.#run(writes)
    try {
      if (batches.length > 0) await this.backend.commit(batches)
    } catch (cause) {
      const error = isKind(cause, 'unavailable') ? cause : notStored(cause)
      for (const { write } of done) write.reject(error)
      for (const responder of this.#responders) responder.failed(error)
      return
    }
    for (const batch of batches) this.published.publish(batch)
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

  private get state(): State {
    return this.published.state
  }
}

const notStored = (cause: unknown): Error =>
  internal('store.commit', `the change could not be stored: ${messageOf(cause)}`, { cause })

const closed = (): Error => unavailable('store.closed', 'the cluster store is closed')
