import type { Identity, Tables } from '@essaim/api-types'

export type TableName = keyof Tables
export type Stored = Tables[TableName]

/**
 * Reads of one consistent state. Objects are frozen: change a copy and write it. What is read without an `await` in
 * between belongs together; a view that is kept shows later states as they come.
 */
export interface View {
  readonly revision: number
  get<T extends TableName>(table: T, id: string): Tables[T] | undefined
  all<T extends TableName>(table: T): Iterable<Tables[T]>
  /** By an index that is kept: no scan. */
  find<T extends TableName>(table: T, index: IndexName<T>, key: string): readonly Tables[T][]
  count(table: TableName): number
}

/** The indexes of each table and what keys an object has in them. */
export interface Indexes {
  cluster: never
  node: 'name'
  service: 'name' | 'network' | 'secret' | 'config'
  /** `slot` is `<service id>/<slot or node id>`; `desired` and `state` are states; `network` is a network's id. */
  task: 'service' | 'node' | 'slot' | 'desired' | 'state' | 'network' | 'secret' | 'config'
  network: 'name'
  secret: 'name'
  config: 'name'
}
export type IndexName<T extends TableName> = Indexes[T]

export interface Tx extends View {
  /** Gives the object its version, CreatedAt and UpdatedAt. Refuses an id that is there. */
  create<T extends TableName>(table: T, object: Tables[T]): Tables[T]
  /** Refuses (`conflict`, "update out of sequence") when Version.Index is not that of the stored object. */
  update<T extends TableName>(table: T, object: Tables[T]): Tables[T]
  remove(table: TableName, id: string): void
}

export type Change = {
  [T in TableName]:
    | { action: 'create'; table: T; object: Tables[T] }
    | { action: 'update'; table: T; object: Tables[T]; before: Tables[T] }
    | { action: 'remove'; table: T; object: Tables[T] }
}[TableName]

export interface ChangeBatch {
  revision: number
  author: Identity
  /** One sentence for the journal. */
  reason: string
  /** RFC 3339. */
  time: string
  changes: Change[]
}

/** What is remembered of a batch: who changed what, when and why. */
export interface JournalEntry {
  revision: number
  author: Identity
  reason: string
  time: string
  changes: { action: Change['action']; table: TableName; id: string }[]
}

/**
 * The cluster's state: one transactional in-memory store with indexes over a backend that makes it durable.
 * Writes go through one door, one at a time: commit to the backend, then apply in memory, then publish.
 */
export interface Store {
  view(): View
  /**
   * `write` is synchronous and sees its own changes; if it throws, nothing happened. Resolves when the change is
   * durable and published. `reason` goes into the journal.
   */
  update<R>(author: Identity, reason: string, write: (tx: Tx) => R): Promise<R>
  /** The state now, and every batch after it. A watcher that falls behind is closed with an error and re-lists. */
  watch(signal: AbortSignal): { view: View; changes: AsyncIterable<ChangeBatch> }
  /** Until the answer is called, `responder` takes part in every commit. */
  respond(responder: Responder): () => void
  /** The newest changes, oldest first, at most `journalLimit`. */
  journal(): readonly JournalEntry[]
  /**
   * From now on writes go to the backend that `take` makes of all that is stored; writes that arrive meanwhile wait. When
   * it rejects, all is as it was. The backend before is closed.
   */
  moveTo(take: (content: BackendContent) => Promise<Backend>): Promise<void>
  close(): Promise<void>
}

/** Answers changes within the commit that makes them: what follows from a write costs no second one. */
export interface Responder {
  author: Identity
  /**
   * Hears of every change once, in order, before it is committed, and may write more. Answers why, for the journal, or
   * undefined when it wrote nothing. If it throws, its own writes are dropped and those of others stand.
   */
  respond(tx: Tx, changes: readonly Change[]): string | undefined
  /** What it was told last was not committed, or not as it wanted: it has to look at everything again. */
  failed(error: unknown): void
}

/** How many changes the journal remembers. */
export const journalLimit = 1000

/** All that a backend holds. */
export interface BackendContent {
  revision: number
  objects: { table: TableName; object: Stored }[]
  journal: JournalEntry[]
}

/** Where commits become durable: LMDB for one manager, etcd for several. */
export interface Backend {
  load(): Promise<BackendContent>
  /** All or nothing, and durable when it resolves. The batches are those that waited for one another, oldest first. */
  commit(batches: readonly ChangeBatch[]): Promise<void>
  close(): Promise<void>
}

export function journalEntry({ revision, author, reason, time, changes }: ChangeBatch): JournalEntry {
  const named = changes.map(({ action, table, object }) => ({ action, table, id: object.ID }))
  return { revision, author, reason, time, changes: named }
}
