import { conflict, internal } from '@essaim/base'
import type { Tables } from '@essaim/api-types'
import type { Change, IndexName, Stored, TableName, Tx, View } from './contract.js'
import { deepFreeze } from './freeze.js'
import { Layer } from './layer.js'

/** The writes of one call, as one change per object. */
export class Transaction implements Tx {
  readonly #layer: Layer
  /** By table and id, in the order of first touch. */
  readonly #touched = new Map<string, { table: TableName; id: string }>()

  constructor(
    private readonly below: View,
    readonly revision: number,
    private readonly time: string,
  ) {
    this.#layer = new Layer(below)
  }

  get<T extends TableName>(table: T, id: string): Tables[T] | undefined {
    return this.#layer.get(table, id)
  }

  all<T extends TableName>(table: T): Iterable<Tables[T]> {
    return this.#layer.all(table)
  }

  find<T extends TableName>(table: T, index: IndexName<T>, key: string): readonly Tables[T][] {
    return this.#layer.find(table, index, key)
  }

  count(table: TableName): number {
    return this.#layer.count(table)
  }

  create<T extends TableName>(table: T, object: Tables[T]): Tables[T] {
    if (this.get(table, object.ID) !== undefined) {
      throw conflict('store.exists', `a ${table} with the id ${object.ID} exists already`)
    }
    return this.#put(table, { ...object, CreatedAt: this.time })
  }

  update<T extends TableName>(table: T, object: Tables[T]): Tables[T] {
    const stored = this.get(table, object.ID)
    if (stored === undefined) throw internal('store.absent', `the ${table} ${object.ID} is not in the store`)
    if (stored.Version.Index !== object.Version.Index) throw conflict('store.sequence', 'update out of sequence')
    return this.#put(table, { ...object, CreatedAt: stored.CreatedAt })
  }

  remove(table: TableName, id: string): void {
    if (this.get(table, id) === undefined) return
    this.#touch(table, id)
    this.#layer.remove(table, id)
  }

  changes(): Change[] {
    return [...this.#touched.values()].flatMap(({ table, id }) => {
      const before: Stored | undefined = this.below.get(table, id)
      const object: Stored | undefined = this.get(table, id)
      if (object === undefined)
        return before === undefined ? [] : [{ action: 'remove', table, object: before } as Change]
      if (before === undefined) return [{ action: 'create', table, object } as Change]
      return [{ action: 'update', table, object, before } as Change]
    })
  }

  #put<T extends TableName>(table: T, object: Tables[T]): Tables[T] {
    const stored = deepFreeze({ ...object, Version: { Index: this.revision }, UpdatedAt: this.time })
    this.#touch(table, stored.ID)
    this.#layer.put(table, stored)
    return stored
  }

  #touch(table: TableName, id: string): void {
    this.#touched.set(`${table}/${id}`, { table, id })
  }
}
