import { randomBytes } from 'node:crypto'
import type { AuthConfig, EventsOptions, EventStream, SystemInfo, SystemVersion } from '@essaim/api-types'
import type { Containerd } from '../containerd/index.js'
import type { Containers } from '../containers/containers.js'
import type { LogDefaults } from '../logs/defaults.js'
import type { EventBus } from '../events/bus.js'
import type { Images } from '../images/index.js'
import type { EngineDb } from '../state/db.js'
import type { Volumes } from '../volumes/index.js'
import { diskUsage } from './disk-usage.js'
import { eventStream } from './events.js'
import { hostFacts, type HostFacts } from './host.js'
import { systemInfo } from './info.js'

/** The API that is spoken, and the oldest that stock clients still ask for. */
export const apiVersion = '1.51'
export const minApiVersion = '1.24'

export interface SystemOptions {
  dataRoot: string
  /** The project's own. */
  version: string
  labels: string[]
  registryMirrors: string[]
  insecureRegistries: string[]
  debug?: boolean
  logDefaults?: LogDefaults
}

export interface SystemDeps {
  /** Of this engine, for ever. */
  id: string
  options: SystemOptions
  containers: Pick<Containers, 'list'>
  images: Pick<Images, 'list' | 'login' | 'layersSize'>
  volumes: Pick<Volumes, 'usage' | 'drivers'>
  containerd: Containerd
  events: EventBus
}

/** What the API tells of the engine as a whole. */
export class System {
  private constructor(
    private readonly deps: SystemDeps,
    private readonly host: HostFacts,
  ) {}

  static async open(deps: Omit<SystemDeps, 'id'>, db: EngineDb): Promise<System> {
    return new System({ ...deps, id: await engineId(db) }, await hostFacts())
  }

  info(): Promise<SystemInfo> {
    return systemInfo(this.deps, this.host)
  }

  async version(): Promise<SystemVersion> {
    const { containerd, options } = this.deps
    const { host } = this
    const details = {
      ApiVersion: apiVersion,
      MinAPIVersion: minApiVersion,
      Os: 'linux',
      Arch: host.goArch,
      KernelVersion: host.kernel,
      GoVersion: '',
      GitCommit: '',
      BuildTime: '',
      Experimental: 'false',
    }
    const containerdVersion = await containerd.version.get()
    return {
      Platform: { Name: 'Essaim' },
      Components: [
        { Name: 'Engine', Version: options.version, Details: details },
        {
          Name: 'containerd',
          Version: containerdVersion.version,
          Details: { GitCommit: containerdVersion.revision },
        },
        { Name: 'runc', Version: host.runcVersion, Details: { GitCommit: '' } },
        { Name: 'docker-init', Version: host.initVersion, Details: { GitCommit: '' } },
      ],
      Version: options.version,
      ApiVersion: apiVersion,
      MinAPIVersion: minApiVersion,
      GitCommit: '',
      GoVersion: '',
      Os: 'linux',
      Arch: host.goArch,
      KernelVersion: host.kernel,
      BuildTime: '',
    }
  }

  async events(options: EventsOptions, signal: AbortSignal): Promise<EventStream> {
    return eventStream(this.deps.events, options, signal)
  }

  diskUsage(types: string[]): Promise<Record<string, unknown>> {
    return diskUsage(this.deps, types)
  }

  /** Asks the registry. Nothing is kept: each pull brings its own credentials. */
  async auth(config: AuthConfig): Promise<{ Status: string; IdentityToken: string }> {
    return await this.deps.images.login(config)
  }
}

/** Made once, kept in the database; the form is a UUID's. */
async function engineId(db: EngineDb): Promise<string> {
  const table = db.table<string>('engine')
  const known = table.get('id')
  if (known !== undefined) return known
  const hex = randomBytes(16).toString('hex')
  const id = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  await table.put('id', id)
  return id
}
