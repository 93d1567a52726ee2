import { EssaimError, messageOf } from '@essaim/base'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { checkVolumeName } from '../names.js'
import { checkOptions, mountOptions, unmountOptions } from '../options.js'
import { localDriver } from '../store.js'
import type { DriverVolume, VolumeDriver } from './driver.js'

/** Docker's `local` driver: a folder of the data root, over which something may be mounted. */
export class LocalDriver implements VolumeDriver {
  readonly name = localDriver

  /** `root` is the folder of all volumes, such as `/var/lib/essaim/volumes`. */
  constructor(private readonly root: string) {}

  scope(): Promise<'local'> {
    return Promise.resolve('local')
  }

  path(name: string): string {
    return join(this.root, name, '_data')
  }

  async create(name: string, options: Record<string, string>): Promise<void> {
    checkVolumeName(name)
    checkOptions(name, options)
    await mkdir(join(this.root, name), { recursive: true, mode: 0o701 })
    await mkdir(this.path(name), { recursive: true, mode: 0o755 })
  }

  async remove(name: string): Promise<void> {
    await unmountOptions(this.path(name))
    await rm(join(this.root, name), { recursive: true, force: true })
  }

  get(name: string): Promise<DriverVolume> {
    return Promise.resolve({ name, mountpoint: this.path(name) })
  }

  /** Which there are is the engine's own knowledge. */
  list(): Promise<DriverVolume[]> {
    return Promise.resolve([])
  }

  async mount(name: string, _user: string, options: Record<string, string>): Promise<string> {
    const path = this.path(name)
    await this.create(name, options)
    if (!hasDevice(options)) return path
    try {
      await mountOptions(options, path)
    } catch (error) {
      if (!(error instanceof EssaimError)) throw error
      throw new EssaimError(error.kind, error.code, `error while mounting volume '${path}': ${messageOf(error)}`, {
        cause: error,
      })
    }
    return path
  }

  async unmount(name: string, _user: string, options: Record<string, string>, last: boolean): Promise<void> {
    if (last && hasDevice(options)) await unmountOptions(this.path(name))
  }
}

const hasDevice = (options: Record<string, string>): boolean => options['device'] !== undefined
