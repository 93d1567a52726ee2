import type { Volume } from '@essaim/api-types'
import { messageOf } from '@essaim/base'
import type { Drivers } from './drivers/drivers.js'
import type { DriverVolume, VolumeDriver } from './drivers/driver.js'
import { localDriver, type VolumeRecord, type VolumeStore } from './store.js'

/** A volume that is there: what the engine knows of it, and what its driver says. */
export interface Found {
  record: VolumeRecord
  scope: 'local' | 'global'
  /** Undefined where the driver does not answer. */
  said: DriverVolume | undefined
}

/** All volumes: the engine's own, and those that drivers of others have made without it. */
export class Catalogue {
  constructor(
    private readonly store: VolumeStore,
    private readonly drivers: Drivers,
  ) {}

  /** A driver that does not answer is a warning; the volumes that are known of it stay. */
  async all(): Promise<{ found: Found[]; warnings: string[] }> {
    const records = this.store.list()
    const own = records.filter(isLocal)
    const found = await Promise.all(own.map((record) => this.#describe(record, this.drivers.local)))
    const others = records.filter((record) => !isLocal(record))
    const { drivers, failed } = await this.drivers.others()
    const warnings = failed.map(({ name, reason }) => `error looking up volume plugin ${name}: ${reason}`)
    const seen = new Set<string>()
    for (const driver of drivers) {
      try {
        const [scope, volumes] = [await driver.scope(), await driver.list()]
        for (const said of volumes) {
          const known = others.find((record) => record.name === said.name && record.driver === driver.name)
          found.push({ record: known ?? foreign(said.name, driver.name), scope, said })
          seen.add(said.name)
        }
      } catch (error) {
        warnings.push(messageOf(error))
      }
    }
    const silent = others.filter(({ name }) => !seen.has(name))
    return {
      found: [...found, ...silent.map((record): Found => ({ record, scope: 'local', said: undefined }))],
      warnings,
    }
  }

  /** By name: the engine's own, or the first driver that knows it. */
  async find(name: string): Promise<Found | undefined> {
    const record = this.store.get(name)
    if (record) return this.#describe(record, await this.drivers.get(record.driver))
    if (this.store.isGoing(name)) return undefined
    const { drivers } = await this.drivers.others()
    for (const driver of drivers) {
      const said = await driver.get(name)
      if (said) return { record: foreign(name, driver.name), scope: await driver.scope(), said }
    }
    return undefined
  }

  async #describe(record: VolumeRecord, driver: VolumeDriver): Promise<Found> {
    return { record, scope: await driver.scope(), said: await driver.get(record.name) }
  }
}

const isLocal = ({ driver }: VolumeRecord): boolean => driver === undefined

function foreign(name: string, driver: string): VolumeRecord {
  return { name, driver, createdAt: '' }
}

/** As the API answers it. */
export function volumeOf({ record, scope, said }: Found): Volume {
  const { name, driver = localDriver, options, labels, createdAt } = record
  const when = said?.createdAt ?? createdAt
  return {
    Name: name,
    Driver: driver,
    Mountpoint: said?.mountpoint ?? '',
    ...(when !== '' && { CreatedAt: when }),
    Labels: labels ?? null,
    Scope: scope,
    Options: options ?? null,
    ...(said?.status && { Status: said.status as Record<string, Record<string, unknown>> }),
  }
}
