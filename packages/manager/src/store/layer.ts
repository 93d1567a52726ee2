import type { Tables } from '@essaim/api-types'
import type { Change, IndexName, Stored, TableName, View } from './contract.js'
import { keysIn } from './indexes.js'

/** Uncommitted changes as seen over the state below them. */
export class Layer implements View {
  /** `undefined` stands for a removed object. */
  readonly #written = new Map<TableName, Map<string, Stored | undefined>>()

  constructor(private readonly below: View) {}

  get revision(): number {
    return this.below.revision
  }

  get<T extends TableName>(table: T, id: string): Tables[T] | undefined {
    const written = this.#written.get(table)
    return written?.has(id) ? (written.get(id) as Tables[T] | undefined) : this.below.get(table, id)
  }

  all<T extends TableName>(table: T): Iterable<Tables[T]> {
    const written = this.#written.get(table)
    return written === undefined ? this.below.all(table) : this.#merge([...this.below.all(table)], table, () => true)
  }

  find<T extends TableName>(table: T, index: IndexName<T>, key: string): readonly Tables[T][] {
    const found = this.below.find(table, index, key)
    if (!this.#written.has(table)) return found
    return this.#merge(found, table, (object) => [...keysIn(table, index, object)].includes(key))
  }

  count(table: TableName): number {
    let count = this.below.count(table)
    for (const [id, object] of this.#written.get(table) ?? []) {
      const was = this.below.get(table, id) !== undefined
      count += Number(object !== undefined) - Number(was)
    }
    return count
  }

  set(table: TableName, id: string, object: Stored | undefined): void {
    const written = this.#written.get(table)
    if (written === undefined) this.#written.set(table, new Map([[id, object]]))
    else written.set(id, object)
  }

  absorb(changes: readonly Change[]): void {
    for (const { action, table, object } of changes)
      this.set(table, object.ID, action === 'remove' ? undefined : object)
  }

  #merge<T extends TableName>(
    found: readonly Tables[T][],
    table: T,
    matches: (object: Stored) => boolean,
  ): Tables[T][] {
    const written = this.#written.get(table) ?? new Map<string, Stored | undefined>()
    const kept = found.filter(({ ID }) => !written.has(ID))
    for (const object of written.values()) if (object !== undefined && matches(object)) kept.push(object as Tables[T])
    return kept
  }
}
