import { AsyncQueue } from '@essaim/base'
import { journalEntry, journalLimit } from './contract.js'
import type { BackendContent, ChangeBatch, JournalEntry, View } from './contract.js'
import { deepFreeze } from './freeze.js'
import { tableNames } from './indexes.js'
import { State } from './state.js'

/** What is committed, with those who watch it. */
export class Published {
  readonly state = new State()
  readonly journal: JournalEntry[]
  readonly #watchers = new Set<AsyncQueue<ChangeBatch>>()
  #closed = false

  constructor(
    content: BackendContent,
    /** How many batches a watcher may fall behind before it is closed. */
    private readonly watchLimit = 10_000,
  ) {
    for (const { table, object } of content.objects) this.state.put(table, deepFreeze(object))
    this.state.revision = content.revision
    this.journal = content.journal
  }

  publish(batch: ChangeBatch, entries: readonly JournalEntry[] = [journalEntry(batch)]): void {
    this.state.apply(batch.revision, batch.changes)
    this.journal.push(...entries)
    this.journal.splice(0, this.journal.length - journalLimit)
    for (const watcher of this.#watchers) watcher.push(batch)
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

  content(): BackendContent {
    const objects = tableNames.flatMap((table) => [...this.state.all(table)].map((object) => ({ table, object })))
    return { revision: this.state.revision, objects, journal: this.journal }
  }

  close(): void {
    this.#closed = true
    for (const watcher of this.#watchers) watcher.close()
  }
}
