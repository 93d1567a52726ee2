import { EssaimError, messageOf } from '@essaim/base'
import type { Plugins } from '../../plugins/index.js'
import { localDriver } from '../store.js'
import type { VolumeDriver } from './driver.js'
import type { LocalDriver } from './local.js'
import { PluginDriver, volumeInterface } from './plugin.js'

/** Whoever can make volumes on this host. */
export class Drivers {
  constructor(
    readonly local: LocalDriver,
    private readonly plugins: Plugins,
  ) {}

  /** Throws `error looking up volume plugin NAME: ...`. */
  async get(name: string | undefined): Promise<VolumeDriver> {
    if (name === undefined || name === '' || name === localDriver) return this.local
    try {
      return new PluginDriver(await this.plugins.get(name, volumeInterface))
    } catch (error) {
      if (!(error instanceof EssaimError)) throw error
      const { kind, code, hint } = error
      const options = { cause: error, ...(hint !== undefined && { hint }) }
      throw new EssaimError(kind, code, `error looking up volume plugin ${name}: ${messageOf(error)}`, options)
    }
  }

  /** Those of others that answer, and why some do not. */
  async others(): Promise<{ drivers: VolumeDriver[]; failed: { name: string; reason: string }[] }> {
    const { plugins, failed } = await this.plugins.all(volumeInterface)
    return { drivers: plugins.map((plugin) => new PluginDriver(plugin)), failed }
  }
}
