import type { Tables } from '@essaim/api-types'
import type { Change, IndexName, TableName, Tx } from '../../store/contract.js'

/** Writes through `tx` and tells of each change at once, before it is committed. */
export class RecordingTx implements Tx {
  constructor(
    private readonly tx: Tx,
    private readonly changed: (change: Change) => void,
  ) {}

  get revision(): number {
    return this.tx.revision
  }

  get<T extends TableName>(table: T, id: string): Tables[T] | undefined {
    return this.tx.get(table, id)
  }

  all<T extends TableName>(table: T): Iterable<Tables[T]> {
    return this.tx.all(table)
  }

  find<T extends TableName>(table: T, index: IndexName<T>, key: string): readonly Tables[T][] {
    return this.tx.find(table, index, key)
  }

  count(table: TableName): number {
    return this.tx.count(table)
  }

  create<T extends TableName>(table: T, object: Tables[T]): Tables[T] {
    const created = this.tx.create(table, object)
    this.changed({ action: 'create', table, object: created } as Change)
    return created
  }

  update<T extends TableName>(table: T, object: Tables[T]): Tables[T] {
    const before = this.tx.get(table, object.ID)
    const updated = this.tx.update(table, object)
    this.changed({ action: 'update', table, object: updated, before } as Change)
    return updated
  }

  remove(table: TableName, id: string): void {
    const object = this.tx.get(table, id)
    this.tx.remove(table, id)
    if (object !== undefined) this.changed({ action: 'remove', table, object } as Change)
  }
}
