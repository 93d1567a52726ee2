import { EssaimError, messageOf } from '@essaim/base'
import type { Plugin } from '../../plugins/index.js'
import type { DriverVolume, VolumeDriver } from './driver.js'

/** The name of the interface that a plugin implements. */
export const volumeInterface = 'VolumeDriver'

/** A driver that is somebody else's program. */
export class PluginDriver implements VolumeDriver {
  constructor(private readonly plugin: Plugin) {}

  get name(): string {
    return this.plugin.name
  }

  /** A plugin that does not know the question is of this host alone, as in Docker. */
  async scope(): Promise<'local' | 'global'> {
    try {
      const { Capabilities } = (await this.#call('Capabilities', {})) as { Capabilities?: { Scope?: string } }
      return Capabilities?.Scope === 'global' ? 'global' : 'local'
    } catch {
      return 'local'
    }
  }

  async create(name: string, options: Record<string, string>): Promise<void> {
    await this.#call('Create', { Name: name, Opts: options })
  }

  async remove(name: string): Promise<void> {
    await this.#call('Remove', { Name: name })
  }

  /** What a plugin refuses here it does not know; one that is not there is another matter. */
  async get(name: string): Promise<DriverVolume | undefined> {
    try {
      const { Volume } = await this.#call('Get', { Name: name })
      return volumeOf(Volume)
    } catch (error) {
      if (error instanceof EssaimError && error.code === 'plugin.refused') return undefined
      throw error
    }
  }

  async list(): Promise<DriverVolume[]> {
    const { Volumes } = await this.#call('List', {})
    return Array.isArray(Volumes) ? Volumes.flatMap((one) => volumeOf(one) ?? []) : []
  }

  async mount(name: string, user: string): Promise<string> {
    try {
      const { Mountpoint } = await this.#call('Mount', { Name: name, ID: user })
      if (typeof Mountpoint === 'string' && Mountpoint.startsWith('/')) return Mountpoint
      const { Mountpoint: path } = await this.#call('Path', { Name: name })
      return String(path)
    } catch (error) {
      if (!(error instanceof EssaimError)) throw error
      const { kind, code } = error
      throw new EssaimError(kind, code, `error while mounting volume '': ${messageOf(error)}`, { cause: error })
    }
  }

  async unmount(name: string, user: string): Promise<void> {
    await this.#call('Unmount', { Name: name, ID: user })
  }

  #call(verb: string, body: object): Promise<Record<string, unknown>> {
    return this.plugin.call(`${volumeInterface}.${verb}`, body)
  }
}

function volumeOf(value: unknown): DriverVolume | undefined {
  if (typeof value !== 'object' || value === null || !('Name' in value)) return undefined
  const { Name, Mountpoint, CreatedAt, Status } = value as Record<string, unknown>
  if (typeof Name !== 'string' || Name === '') return undefined
  return {
    name: Name,
    mountpoint: typeof Mountpoint === 'string' ? Mountpoint : '',
    ...(typeof CreatedAt === 'string' && CreatedAt !== '' && { createdAt: CreatedAt }),
    ...(typeof Status === 'object' && Status !== null && { status: Status as Record<string, unknown> }),
  }
}
