import { checkRoom, internal, messageOf } from '@essaim/base'
import { open, type Database, type RootDatabase } from 'lmdb'

/**
 * The engine's own state on disk: one LMDB environment, a table per noun, values in MessagePack. A write that has
 * resolved survives the death of the process; after a power cut the tables are those of some moment just before it.
 */
export class EngineDb {
  readonly #root: RootDatabase

  private constructor(
    root: RootDatabase,
    private readonly path: string,
  ) {
    this.#root = root
  }

  /** `path` is a folder; it is created with mode 0700 by the caller. */
  static open(path: string): EngineDb {
    // Batches by turn reject a promise of their own that nobody holds: a full disk would end the process.
    return new EngineDb(open({ path, maxDbs: 32, mapSize: 1 << 30, eventTurnBatching: false }), path)
  }

  table<T>(name: string): Table<T> {
    return new Table<T>(this.#root.openDB<T, string>({ name }), this.path)
  }

  async close(): Promise<void> {
    await this.#root.close()
  }
}

export class Table<T> {
  constructor(
    private readonly db: Database<T, string>,
    private readonly path: string,
  ) {}

  get(key: string): T | undefined {
    return this.db.get(key)
  }

  /** Writes that arrive while another is committed share the next commit. */
  async put(key: string, value: T): Promise<void> {
    checkRoom(this.path)
    await committed(this.db.put(key, value))
  }

  async remove(key: string): Promise<void> {
    checkRoom(this.path, 'remove')
    await committed(this.db.remove(key))
  }

  entries(): { key: string; value: T }[] {
    return [...this.db.getRange()].map(({ key, value }) => ({ key, value }))
  }
}

/** LMDB tells the reason by a second promise, which must be awaited too. */
async function committed(write: Promise<boolean>): Promise<void> {
  try {
    await write
  } catch (error) {
    const reason = (error as { commitError?: Promise<never> }).commitError
    const cause = reason === undefined ? error : await reason.catch((why: unknown) => why)
    const full = messageOf(cause).startsWith('No space left on device')
    throw internal(
      'engine.state',
      `cannot write the engine's state: ${full ? 'no space left on device' : messageOf(cause)}`,
      {
        cause,
      },
    )
  }
}
