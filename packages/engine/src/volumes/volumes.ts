import type { Filters, Volume, VolumeCreateOptions, VolumeListResponse } from '@essaim/api-types'
import { conflict, EssaimError, invalid, KeyedLock, messageOf, notFound, randomIds, type Logger } from '@essaim/base'
import { mkdir, readdir, rm } from 'node:fs/promises'
import type { EventBus } from '../events/bus.js'
import type { EngineDb } from '../state/db.js'
import type { VolumeMount, VolumeUse, VolumeUsers } from './contract.js'
import { selectVolumes } from './filters.js'
import { checkVolumeName } from './names.js'
import { checkOptions, mountOptions, unmountOptions } from './options.js'
import { directorySize } from './size.js'
import { VolumeStore, type VolumeRecord } from './store.js'

export interface VolumesOptions {
  db: EngineDb
  /** The folder of all volumes, such as `/var/lib/essaim/volumes`. */
  root: string
  events: EventBus
  users: VolumeUsers
  logger: Logger
}

/** As Docker's engine marks the volumes that nobody named. */
const anonymousLabel = 'com.docker.volume.anonymous'

/** The volumes of this host: the API's volume calls, and what containers mount. */
export class Volumes implements VolumeUse {
  readonly #store: VolumeStore
  readonly #locks = new KeyedLock()

  private constructor(private readonly options: VolumesOptions) {
    this.#store = new VolumeStore(options.db, options.root)
  }

  /** Finishes the removals that an end of the process has cut short. */
  static async open(options: VolumesOptions): Promise<Volumes> {
    await mkdir(options.root, { recursive: true, mode: 0o701 })
    const volumes = new Volumes(options)
    for (const record of volumes.#store.all()) if (record.removing) await volumes.#erase(record)
    return volumes
  }

  async list(filters: Filters): Promise<VolumeListResponse> {
    const chosen = selectVolumes(this.#store.list(), filters, (name) => this.#users(name).length > 0)
    return { Volumes: chosen.map((record) => this.#store.describe(record)), Warnings: [] }
  }

  async inspect(name: string): Promise<Volume> {
    return this.#store.describe(this.#record(name))
  }

  /** A volume that exists is answered as it is, whatever else was asked for it. */
  async create(request: VolumeCreateOptions): Promise<Volume> {
    return await this.ensure(request)
  }

  async ensure(request: VolumeCreateOptions): Promise<Volume> {
    const anonymous = request.Name === undefined || request.Name === ''
    const name = anonymous ? randomIds.hex64() : (request.Name ?? '')
    checkDriver(name, request.Driver)
    checkVolumeName(name)
    return await this.#locks.run(name, async () => {
      const known = this.#store.get(name)
      if (known) return this.#store.describe(known)
      const options = request.DriverOpts ?? {}
      checkOptions(name, options)
      const labels = { ...request.Labels, ...(anonymous && { [anonymousLabel]: '' }) }
      const createdAt = `${new Date().toISOString().slice(0, 19)}Z`
      await this.#makeFolders(name)
      const record: VolumeRecord = { name, options, labels, createdAt }
      await this.#store.put(record)
      this.options.events.publish('volume', 'create', name, { driver: 'local' })
      return this.#store.describe(record)
    })
  }

  async remove(name: string, options: { force: boolean }): Promise<void> {
    await this.#locks.run(name, async () => {
      const record = this.#store.get(name)
      if (!record) {
        if (options.force) return
        throw noSuchVolume(name)
      }
      const users = this.#users(name)
      if (users.length > 0) throw conflict('volume.in-use', `remove ${name}: volume is in use - [${users.join(', ')}]`)
      await this.#destroy(record)
    })
  }

  /** Unused volumes that nobody named; with the filter `all=true` those with a name too. */
  async prune(filters: Filters): Promise<{ VolumesDeleted: string[] | null; SpaceReclaimed: number }> {
    const { all, ...rest } = filters
    const named = readAll(all)
    const removed: string[] = []
    let reclaimed = 0
    for (const { name } of selectVolumes(this.#store.list(), rest, () => false, ['label', 'label!'])) {
      await this.#locks.run(name, async () => {
        const record = this.#store.get(name)
        if (!record || this.#users(name).length > 0) return
        if (!named && !Object.hasOwn(record.labels, anonymousLabel)) return
        reclaimed += await directorySize(this.#store.dataPath(name))
        await this.#destroy(record)
        removed.push(name)
      })
    }
    this.options.events.publish('volume', 'prune', '', { reclaimed: String(reclaimed) })
    return { VolumesDeleted: removed.length > 0 ? removed : null, SpaceReclaimed: reclaimed }
  }

  async mount(name: string, containerId: string, mount?: VolumeMount): Promise<string> {
    return await this.#locks.run(name, async () => {
      const { options } = this.#record(name)
      const path = this.#store.dataPath(name)
      await this.#makeFolders(name)
      await this.#mountDevice(options, path)
      const uses = this.#store.usesOf(containerId)
      if (!uses.includes(name)) await this.#store.setUses(containerId, [...uses, name])
      this.options.events.publish('volume', 'mount', name, {
        driver: 'local',
        container: containerId,
        ...(mount && { destination: mount.destination, 'read/write': String(!mount.readOnly), propagation: '' }),
      })
      return path
    })
  }

  async unmount(containerId: string): Promise<void> {
    for (const name of this.#store.usesOf(containerId)) {
      await this.#locks.run(name, async () => {
        await this.#store.setUses(
          containerId,
          this.#store.usesOf(containerId).filter((other) => other !== name),
        )
        const record = this.#store.get(name)
        if (record && hasDevice(record.options) && this.#store.usersOf(name).length === 0) {
          await unmountOptions(this.#store.dataPath(name))
        }
        this.options.events.publish('volume', 'unmount', name, { driver: 'local', container: containerId })
      })
    }
  }

  /** Whether it holds nothing yet, so that an image's files may be copied into it. */
  async isEmpty(name: string): Promise<boolean> {
    return (await readdir(this.#store.dataPath(this.#record(name).name))).length === 0
  }

  /** All volumes with the bytes that they take and the number of containers that have them. */
  async usage(): Promise<Volume[]> {
    const records = this.#store.list()
    return await Promise.all(
      records.map(async (record) => ({
        ...this.#store.describe(record),
        UsageData: {
          Size: await directorySize(this.#store.dataPath(record.name)),
          RefCount: this.#users(record.name).length,
        },
      })),
    )
  }

  #record(name: string): VolumeRecord {
    const record = this.#store.get(name)
    if (!record) throw noSuchVolume(name)
    return record
  }

  #users(name: string): string[] {
    return this.options.users.containersOf(name)
  }

  async #makeFolders(name: string): Promise<void> {
    await mkdir(this.#store.folder(name), { recursive: true, mode: 0o701 })
    await mkdir(this.#store.dataPath(name), { recursive: true, mode: 0o755 })
  }

  async #mountDevice(options: Record<string, string>, path: string): Promise<void> {
    if (!hasDevice(options)) return
    try {
      await mountOptions(options, path)
    } catch (error) {
      if (!(error instanceof EssaimError)) throw error
      throw new EssaimError(error.kind, error.code, `error while mounting volume '${path}': ${messageOf(error)}`, {
        cause: error,
      })
    }
  }

  /** The mark comes first: a removal that was acknowledged or begun is never taken back. */
  async #destroy(record: VolumeRecord): Promise<void> {
    await this.#store.put({ ...record, removing: true })
    await this.#erase(record)
    this.options.events.publish('volume', 'destroy', record.name, { driver: 'local' })
  }

  async #erase({ name }: VolumeRecord): Promise<void> {
    await unmountOptions(this.#store.dataPath(name))
    await rm(this.#store.folder(name), { recursive: true, force: true })
    await this.#store.delete(name)
  }
}

const hasDevice = (options: Record<string, string>): boolean => options.device !== undefined

const noSuchVolume = (name: string): Error => notFound('volume.unknown', `get ${name}: no such volume`)

function checkDriver(name: string, driver: string | undefined): void {
  if (driver === undefined || driver === '' || driver === 'local') return
  const why = `error looking up volume plugin ${driver}: plugin "${driver}" not found`
  throw notFound('volume.driver', `create ${name}: ${why}`)
}

function readAll(values: string[] | undefined): boolean {
  if (!values || values.length === 0) return false
  if (values.every((value) => value === 'true' || value === '1')) return true
  if (values.every((value) => value === 'false' || value === '0')) return false
  throw invalid('filter.boolean', `invalid filter 'all=[${values.join(' ')}]'`)
}
