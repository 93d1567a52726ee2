import type { EngineDb, Table } from '../state/db.js'

/** Docker's word for volumes that are folders of this host. */
export const localDriver = 'local'

export interface VolumeRecord {
  name: string
  /** Absent for the local driver. */
  driver?: string
  /** Absent where none were sent, as `labels`: clients are told the difference. */
  options?: Record<string, string>
  labels?: Record<string, string>
  /** RFC 3339. */
  createdAt: string
  /** Its removal has begun, and is finished at the next start if it is cut short. */
  removing?: true
}

/** What the engine knows of its volumes, in its database. */
export class VolumeStore {
  readonly #records: Table<VolumeRecord>
  /** By container: the volumes that it has mounted. */
  readonly #uses: Table<string[]>

  constructor(db: EngineDb) {
    this.#records = db.table('volumes')
    this.#uses = db.table('volume-uses')
  }

  get(name: string): VolumeRecord | undefined {
    const record = this.#records.get(name)
    return record?.removing ? undefined : record
  }

  /** Its removal has begun. */
  isGoing(name: string): boolean {
    return this.#records.get(name)?.removing === true
  }

  list(): VolumeRecord[] {
    return this.all().filter(({ removing }) => !removing)
  }

  /** With those that are being removed. */
  all(): VolumeRecord[] {
    return this.#records.entries().map(({ value }) => value)
  }

  async put(record: VolumeRecord): Promise<void> {
    await this.#records.put(record.name, record)
  }

  async delete(name: string): Promise<void> {
    await this.#records.remove(name)
  }

  usesOf(containerId: string): string[] {
    return this.#uses.get(containerId) ?? []
  }

  usersOf(name: string): string[] {
    return this.#uses.entries().flatMap(({ key, value }) => (value.includes(name) ? [key] : []))
  }

  async setUses(containerId: string, names: string[]): Promise<void> {
    if (names.length > 0) await this.#uses.put(containerId, names)
    else await this.#uses.remove(containerId)
  }
}
