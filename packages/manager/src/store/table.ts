import type { Stored, TableName } from './contract.js'
import { indexes, keysIn } from './indexes.js'

/** One table in memory with its indexes. */
export class Table {
  readonly objects = new Map<string, Stored>()
  readonly #indexes: Map<string, Map<string, Map<string, Stored>>>

  constructor(private readonly name: TableName) {
    this.#indexes = new Map(Object.keys(indexes[name]).map((index) => [index, new Map()]))
  }

  find(index: string, key: string): readonly Stored[] {
    return [...(this.#index(index).get(key)?.values() ?? [])]
  }

  put(object: Stored): void {
    const before = this.objects.get(object.ID)
    if (before !== undefined) this.#unlist(before)
    this.objects.set(object.ID, object)
    for (const [index, keys] of this.#indexes) {
      for (const key of keysIn(this.name, index, object)) {
        const under = keys.get(key)
        if (under === undefined) keys.set(key, new Map([[object.ID, object]]))
        else under.set(object.ID, object)
      }
    }
  }

  remove(id: string): void {
    const before = this.objects.get(id)
    if (before === undefined) return
    this.#unlist(before)
    this.objects.delete(id)
  }

  #unlist(object: Stored): void {
    for (const [index, keys] of this.#indexes) {
      for (const key of keysIn(this.name, index, object)) {
        const under = keys.get(key)
        under?.delete(object.ID)
        if (under?.size === 0) keys.delete(key)
      }
    }
  }

  #index(name: string): Map<string, Map<string, Stored>> {
    const index = this.#indexes.get(name)
    if (index === undefined) throw new Error(`the table ${this.name} has no index ${name}`)
    return index
  }
}
