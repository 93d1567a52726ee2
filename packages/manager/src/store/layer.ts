import type { Tables } from '@essaim/api-types'
import type { Change, IndexName, Stored, TableName, View } from './contract.js'
import { Table } from './table.js'

interface Written {
  objects: Table
  removed: Set<string>
}

/** Uncommitted changes as seen over the state below them. */
export class Layer implements View {
  readonly #written = new Map<TableName, Written>()

  constructor(private readonly below: View) {}

  get revision(): number {
    return this.below.revision
  }

  get<T extends TableName>(table: T, id: string): Tables[T] | undefined {
    const written = this.#written.get(table)
    if (written === undefined) return this.below.get(table, id)
    if (written.removed.has(id)) return undefined
    return (written.objects.objects.get(id) as Tables[T] | undefined) ?? this.below.get(table, id)
  }

  all<T extends TableName>(table: T): Iterable<Tables[T]> {
    const written = this.#written.get(table)
    const below = this.below.all(table)
    if (written === undefined) return below
    return [...below].filter(unless(written)).concat([...written.objects.objects.values()] as Tables[T][])
  }

  find<T extends TableName>(table: T, index: IndexName<T>, key: string): readonly Tables[T][] {
    const written = this.#written.get(table)
    const below = this.below.find(table, index, key)
    if (written === undefined) return below
    return below.filter(unless(written)).concat(written.objects.find(index, key) as Tables[T][])
  }

  count(table: TableName): number {
    const written = this.#written.get(table)
    let count = this.below.count(table)
    if (written === undefined) return count
    const isBelow = (id: string): boolean => this.below.get(table, id) !== undefined
    for (const id of written.objects.objects.keys()) if (!isBelow(id)) count++
    for (const id of written.removed) if (isBelow(id)) count--
    return count
  }

  put(table: TableName, object: Stored): void {
    const written = this.#of(table)
    written.removed.delete(object.ID)
    written.objects.put(object)
  }

  remove(table: TableName, id: string): void {
    const written = this.#of(table)
    written.objects.remove(id)
    written.removed.add(id)
  }

  absorb(changes: readonly Change[]): void {
    for (const { action, table, object } of changes) {
      if (action === 'remove') this.remove(table, object.ID)
      else this.put(table, object)
    }
  }

  #of(table: TableName): Written {
    let written = this.#written.get(table)
    if (written === undefined) this.#written.set(table, (written = { objects: new Table(table), removed: new Set() }))
    return written
  }
}

const unless =
  ({ objects, removed }: Written) =>
  ({ ID }: Stored): boolean =>
    !objects.objects.has(ID) && !removed.has(ID)
