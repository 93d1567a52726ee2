import { existsSync, mkdirSync, statSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import { checkRoom } from '@essaim/base'
import { journalEntry, journalLimit } from './contract.js'
import type { Backend, ChangeBatch, JournalEntry, Stored } from './contract.js'
import { journalKey, journalPrefix, objectKey, objectPrefix, placeOf, revisionKey } from './keys.js'
import { keyFile, Seal } from './seal.js'

/** Above every character of a key, for the end of a range. */
const last = '\uffff'

/**
 * One LMDB environment in `folder` (mode 0700), every value sealed with the key file in it. A commit is one LMDB
 * transaction that is synced to disk before it resolves, so that neither a killed process nor a power cut loses it.
 */
export class LmdbBackend implements Backend {
  private constructor(
    private readonly folder: string,
    private readonly db: RootDatabase<Buffer, string>,
    private readonly seal: Seal,
  ) {}

  static open(folder: string): LmdbBackend {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const data = join(folder, 'data.mdb')
    const keyPath = join(folder, 'store.key')
    const fresh = !existsSync(data)
    // A key file that was cut short while the store was being made for the first time guards nothing yet.
    if (fresh && existsSync(keyPath) && statSync(keyPath).size < 32) unlinkSync(keyPath)
    const seal = new Seal(keyFile(keyPath, fresh))
    // Batches by turn reject a promise of their own that nobody holds: a failed commit would end the process.
    const db = open<Buffer, string>({
      path: folder,
      encoding: 'binary',
      overlappingSync: false,
      eventTurnBatching: false,
    })
    return new LmdbBackend(folder, db, seal)
  }

  load(): ReturnType<Backend['load']> {
    const objects = this.#range(objectPrefix).map(({ key, plain }) => {
      return { table: placeOf(key).table, object: JSON.parse(plain) as Stored }
    })
    const journal = this.#range(journalPrefix).map(({ plain }) => JSON.parse(plain) as JournalEntry)
    return Promise.resolve({ revision: Number(this.db.get(revisionKey)?.toString() ?? 0), objects, journal })
  }

  async commit(batches: readonly ChangeBatch[]): Promise<void> {
    checkRoom(this.folder)
    await this.db.batch(() => {
      for (const batch of batches) this.#write(batch)
      this.#put(() => this.db.put(revisionKey, Buffer.from(String(batches.at(-1)?.revision))))
    })
  }

  async close(): Promise<void> {
    await this.db.close()
  }

  #write(batch: ChangeBatch): void {
    for (const { action, table, object } of batch.changes) {
      const key = objectKey(table, object)
      if (action === 'remove') this.#put(() => this.db.remove(key))
      else this.#put(() => this.db.put(key, this.seal.seal(key, JSON.stringify(object))))
    }
    const entry = journalKey(batch.revision)
    this.#put(() => this.db.put(entry, this.seal.seal(entry, JSON.stringify(journalEntry(batch)))))
    this.#put(() => this.db.remove(journalKey(batch.revision - journalLimit)))
  }

  #range(prefix: string): { key: string; plain: string }[] {
    const found: { key: string; plain: string }[] = []
    for (const { key, value } of this.db.getRange({ start: prefix, end: prefix + last })) {
      found.push({ key, plain: this.seal.open(key, value) })
    }
    return found
  }

  /** The batch's own promise answers for every write in it. */
  #put(write: () => Promise<boolean>): void {
    write().catch(() => {})
  }
}
