import type { Tables } from '@essaim/api-types'
import type { Change, IndexName, Stored, TableName, View } from './contract.js'
import { tableNames } from './indexes.js'
import { Table } from './table.js'

/** What is committed. */
export class State implements View {
  revision = 0
  readonly #tables = Object.fromEntries(tableNames.map((name) => [name, new Table(name)])) as Record<TableName, Table>

  get<T extends TableName>(table: T, id: string): Tables[T] | undefined {
    return this.#tables[table].objects.get(id) as Tables[T] | undefined
  }

  all<T extends TableName>(table: T): Iterable<Tables[T]> {
    return this.#tables[table].objects.values() as Iterable<Tables[T]>
  }

  find<T extends TableName>(table: T, index: IndexName<T>, key: string): readonly Tables[T][] {
    return this.#tables[table].find(index, key) as readonly Tables[T][]
  }

  count(table: TableName): number {
    return this.#tables[table].objects.size
  }

  put(table: TableName, object: Stored): void {
    this.#tables[table].put(object)
  }

  apply(revision: number, changes: readonly Change[]): void {
    for (const { action, table, object } of changes) {
      if (action === 'remove') this.#tables[table].remove(object.ID)
      else this.#tables[table].put(object)
    }
    this.revision = revision
  }
}
