import type { Filters, Volume, VolumeCreateOptions, VolumeListResponse } from '@essaim/api-types'
import { conflict, EssaimError, invalid, KeyedLock, messageOf, notFound, randomIds, type Logger } from '@essaim/base'
import { mkdir, readdir } from 'node:fs/promises'
import type { EventBus } from '../events/bus.js'
import type { EngineDb } from '../state/db.js'
import type { VolumeMount, VolumeUse, VolumeUsers } from './contract.js'
import { selectVolumes } from './filters.js'
import type { Plugins } from '../plugins/index.js'
import { Catalogue, volumeOf } from './catalogue.js'
import { Drivers } from './drivers/drivers.js'
import { LocalDriver } from './drivers/local.js'
import { directorySize } from './size.js'
import { localDriver, VolumeStore, type VolumeRecord } from './store.js'

export interface VolumesOptions {
  db: EngineDb
  /** The folder of all volumes, such as `/var/lib/essaim/volumes`. */
  root: string
  events: EventBus
  users: VolumeUsers
  /** Where drivers of others are found. */
  plugins: Plugins
  logger: Logger
}

/** As Docker's engine marks the volumes that nobody named. */
const anonymousLabel = 'com.docker.volume.anonymous'

/** The volumes of this host: the API's volume calls, and what containers mount. */
export class Volumes implements VolumeUse {
  readonly #store: VolumeStore
  readonly #drivers: Drivers
  readonly #catalogue: Catalogue
  readonly #locks = new KeyedLock()

  private constructor(private readonly options: VolumesOptions) {
    this.#store = new VolumeStore(options.db)
    this.#drivers = new Drivers(new LocalDriver(options.root), options.plugins)
    this.#catalogue = new Catalogue(this.#store, this.#drivers)
  }

  /** Finishes the removals that an end of the process has cut short. */
  static async open(options: VolumesOptions): Promise<Volumes> {
    await mkdir(options.root, { recursive: true, mode: 0o701 })
    const volumes = new Volumes(options)
    for (const record of volumes.#store.all()) if (record.removing) await volumes.#finish(record)
    return volumes
  }

  async list(filters: Filters): Promise<VolumeListResponse> {
    // What is wrong with the filters is said before anybody is asked.
    selectVolumes([], filters, () => false)
    const { found, warnings } = await this.#catalogue.all()
    const byRecord = new Map(found.map((one) => [one.record, one]))
    const chosen = selectVolumes([...byRecord.keys()], filters, (name) => this.#users(name).length > 0)
    return { Volumes: chosen.flatMap((record) => byRecord.get(record) ?? []).map(volumeOf), Warnings: warnings }
  }

  async inspect(name: string): Promise<Volume> {
    const found = await this.#catalogue.find(name)
    if (!found) throw noSuchVolume(name)
    return volumeOf(found)
  }

  /** A volume that exists is answered as it is, whatever else was asked for it. */
  async create(request: VolumeCreateOptions): Promise<Volume> {
    return await this.ensure(request)
  }

  async ensure(request: VolumeCreateOptions): Promise<Volume> {
    const anonymous = request.Name === undefined || request.Name === ''
    const name = anonymous ? randomIds.hex64() : (request.Name ?? '')
    return await this.#locks.run(name, async () => {
      const known = this.#store.get(name)
      if (known) return await this.#existing(known, request.Driver)
      const theirs = anonymous || request.Driver ? undefined : await this.#catalogue.find(name)
      if (theirs) return volumeOf(theirs)
      const driver = await doing('create', name, () => this.#drivers.get(request.Driver))
      const { DriverOpts: options, Labels } = request
      const labels = anonymous ? { ...Labels, [anonymousLabel]: '' } : Labels
      const createdAt = `${new Date().toISOString().slice(0, 19)}Z`
      await doing('create', name, () => driver.create(name, options ?? {}))
      const other = driver.name === localDriver ? {} : { driver: driver.name }
      await this.#store.put({ name, ...other, ...(options && { options }), ...(labels && { labels }), createdAt })
      this.options.events.publish('volume', 'create', name, { driver: driver.name })
      return await this.inspect(name)
    })
  }

  async remove(name: string, options: { force: boolean }): Promise<void> {
    await this.#locks.run(name, async () => {
      const record = this.#store.get(name) ?? (await this.#catalogue.find(name))?.record
      if (!record) {
        if (options.force) return
        throw noSuchVolume(name)
      }
      const users = this.#users(name)
      if (users.length > 0) throw conflict('volume.in-use', `remove ${name}: volume is in use - [${users.join(', ')}]`)
      await this.#destroy(record, options.force)
    })
  }

  /** Unused volumes of the local driver that nobody named; with the filter `all=true` those with a name too. */
  async prune(filters: Filters): Promise<{ VolumesDeleted: string[] | null; SpaceReclaimed: number }> {
    const { all, ...rest } = filters
    const named = readAll(all)
    const removed: string[] = []
    let reclaimed = 0
    const own = this.#store.list().filter(({ driver }) => driver === undefined)
    for (const { name } of selectVolumes(own, rest, () => false, ['label', 'label!'])) {
      await this.#locks.run(name, async () => {
        const record = this.#store.get(name)
        if (!record || this.#users(name).length > 0) return
        if (!named && !Object.hasOwn(record.labels ?? {}, anonymousLabel)) return
        reclaimed += await directorySize(this.#drivers.local.path(name))
        await this.#destroy(record, false)
        removed.push(name)
      })
    }
    this.options.events.publish('volume', 'prune', '', { reclaimed: String(reclaimed) })
    return { VolumesDeleted: removed.length > 0 ? removed : null, SpaceReclaimed: reclaimed }
  }

  async mount(name: string, containerId: string, mount?: VolumeMount): Promise<string> {
    return await this.#locks.run(name, async () => {
      const { options = {}, driver: driverName } = await this.#record(name)
      const driver = await this.#drivers.get(driverName)
      const uses = this.#store.usesOf(containerId)
      // Known before it is done: a mount that a kill interrupts is undone with the container.
      if (!uses.includes(name)) await this.#store.setUses(containerId, [...uses, name])
      const path = await driver.mount(name, containerId, options).catch(async (error: unknown) => {
        await this.#store.setUses(containerId, uses)
        throw error
      })
      this.options.events.publish('volume', 'mount', name, {
        driver: driver.name,
        container: containerId,
        ...(mount && { destination: mount.destination, 'read/write': String(!mount.readOnly), propagation: '' }),
      })
      return path
    })
  }

  /** A driver that does not answer is reported: the container is gone, whatever it says. */
  async unmount(containerId: string): Promise<void> {
    for (const name of this.#store.usesOf(containerId)) {
      await this.#locks.run(name, async () => {
        const rest = this.#store.usesOf(containerId).filter((other) => other !== name)
        await this.#store.setUses(containerId, rest)
        const record = this.#store.get(name)
        if (record) await this.#unmount(record, containerId)
        const driver = record?.driver ?? localDriver
        this.options.events.publish('volume', 'unmount', name, { driver, container: containerId })
      })
    }
  }

  /** Whether it holds nothing yet, so that an image's files may be copied into it. */
  async isEmpty(name: string): Promise<boolean> {
    const { mountpoint = '' } = (await this.#catalogue.find(name))?.said ?? {}
    return (await readdir(mountpoint)).length === 0
  }

  /** All volumes with the bytes that they take, -1 where their driver does not say, and the number of containers that have them. */
  async usage(): Promise<Volume[]> {
    const { found } = await this.#catalogue.all()
    return await Promise.all(
      found.map(async (one) => {
        const { name, driver } = one.record
        const size = driver === undefined ? await directorySize(this.#drivers.local.path(name)) : -1
        return { ...volumeOf(one), UsageData: { Size: size, RefCount: this.#users(name).length } }
      }),
    )
  }

  /** The drivers by name, for `docker info`. */
  async drivers(): Promise<string[]> {
    const { drivers } = await this.#drivers.others()
    return [localDriver, ...drivers.map(({ name }) => name)].toSorted((a, b) => (a < b ? -1 : 1))
  }

  /** One that only its driver knew is the engine's from its first mount on. */
  async #record(name: string): Promise<VolumeRecord> {
    const record = this.#store.get(name)
    if (record) return record
    const found = await this.#catalogue.find(name)
    if (!found) throw noSuchVolume(name)
    await this.#store.put(found.record)
    return found.record
  }

  async #existing(record: VolumeRecord, asked: string | undefined): Promise<Volume> {
    const { name, driver = localDriver } = record
    if (asked !== undefined && asked !== '' && asked !== driver) {
      const message = `create ${name}: driver '${driver}' already has volume '${name}': volume name must be unique`
      throw conflict('volume.name-taken', message, { hint: 'Use another name, or remove the volume first.' })
    }
    return await this.inspect(name)
  }

  #users(name: string): string[] {
    return this.options.users.containersOf(name)
  }

  async #unmount({ name, options = {}, driver: driverName }: VolumeRecord, containerId: string): Promise<void> {
    try {
      const driver = await this.#drivers.get(driverName)
      await driver.unmount(name, containerId, options, this.#store.usersOf(name).length === 0)
    } catch (error) {
      if (driverName === undefined) throw error
      this.options.logger.warn('a volume was not unmounted', { volume: name, error: messageOf(error) })
    }
  }

  /** The mark comes first: a removal that was acknowledged or begun is never taken back. */
  async #destroy(record: VolumeRecord, force: boolean): Promise<void> {
    const { name } = record
    if (record.driver === undefined) await this.#store.put({ ...record, removing: true })
    try {
      await this.#erase(record)
    } catch (error) {
      // Whoever insists wants to be rid of it, though nobody is there who could remove it.
      const gone = error instanceof EssaimError && ['plugin.unknown', 'plugin.down'].includes(error.code)
      if (!force || !gone) throw within('remove', name, error)
      await this.#store.delete(name)
    }
    this.options.events.publish('volume', 'destroy', name, { driver: record.driver ?? localDriver })
  }

  async #erase({ name, driver }: VolumeRecord): Promise<void> {
    await (await this.#drivers.get(driver)).remove(name)
    await this.#store.delete(name)
  }

  async #finish(record: VolumeRecord): Promise<void> {
    await this.#erase(record).catch((error: unknown) => {
      this.options.logger.error('a volume is not removed yet', { volume: record.name, error: messageOf(error) })
    })
  }
}

const noSuchVolume = (name: string): Error => notFound('volume.unknown', `get ${name}: no such volume`)

/** Docker says first what was being done to which volume. */
async function doing<T>(verb: string, name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw within(verb, name, error)
  }
}

function within(verb: string, name: string, error: unknown): unknown {
  const prefix = `${verb} ${name}: `
  if (!(error instanceof EssaimError) || error.message.startsWith(prefix)) return error
  const { kind, code, hint } = error
  return new EssaimError(kind, code, prefix + error.message, { cause: error, ...(hint !== undefined && { hint }) })
}

function readAll(values: string[] | undefined): boolean {
  if (!values || values.length === 0) return false
  if (values.every((value) => value === 'true' || value === '1')) return true
  if (values.every((value) => value === 'false' || value === '0')) return false
  throw invalid('filter.boolean', `invalid filter 'all=[${values.join(' ')}]'`)
}
