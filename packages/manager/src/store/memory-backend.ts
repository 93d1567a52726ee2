import { journalEntry, journalLimit } from './contract.js'
import type { Backend, ChangeBatch, JournalEntry, Stored, TableName } from './contract.js'

/** Keeps what was committed for as long as it lives itself: a store opened on it again finds everything. */
export class MemoryBackend implements Backend {
  #revision = 0
  #objects = new Map<string, { table: TableName; object: Stored }>()
  #journal: JournalEntry[] = []

  load(): ReturnType<Backend['load']> {
    const { objects, journal } = structuredClone({ objects: [...this.#objects.values()], journal: this.#journal })
    return Promise.resolve({ revision: this.#revision, objects, journal })
  }

  commit(batches: readonly ChangeBatch[]): Promise<void> {
    for (const batch of batches) {
      for (const { action, table, object } of batch.changes) {
        const key = `${table}/${object.ID}`
        if (action === 'remove') this.#objects.delete(key)
        else this.#objects.set(key, { table, object })
      }
      this.#revision = batch.revision
      this.#journal.push(journalEntry(batch))
      if (this.#journal.length > journalLimit) this.#journal.shift()
    }
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
