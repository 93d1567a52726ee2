import type { Stored, TableName } from './contract.js'
import { indexes, keysIn } from './indexes.js'

/** One table in memory with its indexes: by index and key, the ids of the objects that have the key. */
export class Table {
  readonly objects = new Map<string, Stored>()
  readonly #indexes: Map<string, Map<string, Set<string>>>

  constructor(private readonly name: TableName) {
    this.#indexes = new Map(Object.keys(indexes[name]).map((index) => [index, new Map()]))
  }

  find(index: string, key: string): readonly Stored[] {
    const found: Stored[] = []
    for (const id of this.#index(index).get(key) ?? []) {
      const object = this.objects.get(id)
      if (object !== undefined) found.push(object)
    }
    return found
  }

  put(object: Stored): void {
    const before = this.objects.get(object.ID)
    this.objects.set(object.ID, object)
    for (const [index, keys] of this.#indexes) {
      const now = keysIn(this.name, index, object)
      if (before !== undefined) {
        const then = keysIn(this.name, index, before)
        if (same(then, now)) continue
        this.#unlist(keys, then, object.ID)
      }
      for (const key of now) {
        const under = keys.get(key)
        if (under === undefined) keys.set(key, new Set([object.ID]))
        else under.add(object.ID)
      }
    }
  }

  remove(id: string): void {
    const before = this.objects.get(id)
    if (before === undefined) return
    for (const [index, keys] of this.#indexes) this.#unlist(keys, keysIn(this.name, index, before), id)
    this.objects.delete(id)
  }

  #unlist(keys: Map<string, Set<string>>, under: readonly string[], id: string): void {
    for (const key of under) {
      const ids = keys.get(key)
      ids?.delete(id)
      if (ids?.size === 0) keys.delete(key)
    }
  }

  #index(name: string): Map<string, Set<string>> {
    const index = this.#indexes.get(name)
    if (index === undefined) throw new Error(`the table ${this.name} has no index ${name}`)
    return index
  }
}

const same = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((key, at) => key === b[at])
