import { conflict, invalid, notFound } from '@essaim/base'
import type { Table } from '../state/db.js'
import { Container } from './container.js'
import type { ContainerRecord } from './record.js'

/** All containers: in memory by id and name, on disk in a table. */
export class Registry {
  readonly #byId = new Map<string, Container>()
  readonly #idByName = new Map<string, string>()

  constructor(private readonly table: Table<ContainerRecord>) {
    for (const { value } of table.entries()) {
      this.#byId.set(value.id, new Container(value))
      this.#idByName.set(value.name, value.id)
    }
  }

  all(): Container[] {
    return [...this.#byId.values()]
  }

  get(id: string): Container | undefined {
    return this.#byId.get(id)
  }

  byName(name: string): Container | undefined {
    const id = this.#idByName.get(name)
    return id === undefined ? undefined : this.#byId.get(id)
  }

  /** By id, name (with or without slash), or a prefix of an id that only one has. Throws Docker's message. */
  find(ref: string): Container {
    const exact = this.#byId.get(ref) ?? this.byName(ref.replace(/^\//, ''))
    if (exact) return exact
    const linked = this.#linked(ref)
    if (linked) return linked
    const matches = ref === '' ? [] : this.all().filter(({ id }) => id.startsWith(ref))
    if (matches.length > 1) {
      throw invalid('container.ambiguous', `Multiple IDs found with provided prefix: ${ref}`)
    }
    const [only] = matches
    if (!only) throw notFound('container.not-found', `No such container: ${ref}`)
    return only
  }

  /** `OWNER/ALIAS` is the container that OWNER links to. */
  #linked(ref: string): Container | undefined {
    const [owner = '', alias, ...rest] = ref.replace(/^\//, '').split('/')
    if (alias === undefined || rest.length > 0) return undefined
    const link = this.byName(owner)?.record.links?.find((one) => one.alias === alias)
    return link && this.get(link.target)
  }

  /** Takes the name for the id, or throws: one of two that ask at once gets it. */
  reserve(name: string, id: string): void {
    const owner = this.#idByName.get(name)
    if (owner !== undefined && owner !== id) {
      throw conflict(
        'container.name-taken',
        `Conflict. The container name "/${name}" is already in use by container "${owner}". ` +
          'You have to remove (or rename) that container to be able to reuse that name.',
      )
    }
    this.#idByName.set(name, id)
  }

  /** Gives up a name that was reserved. */
  release(name: string, id: string): void {
    if (this.#idByName.get(name) === id) this.#idByName.delete(name)
  }

  nameTaken(name: string): boolean {
    return this.#idByName.has(name)
  }

  async add(container: Container): Promise<void> {
    this.#byId.set(container.id, container)
    await this.save(container)
  }

  /** Resolves when the record survives the death of the process. */
  async save(container: Container): Promise<void> {
    await this.table.put(container.id, container.record)
  }

  /** Out of sight at once; off the disk when it resolves. */
  async delete(container: Container): Promise<void> {
    this.#byId.delete(container.id)
    this.release(container.record.name, container.id)
    await this.table.remove(container.id)
  }
}
