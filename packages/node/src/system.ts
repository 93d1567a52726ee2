import type { AuthConfig, EventsOptions, EventStream, SwarmInfo, SystemInfo, SystemVersion } from '@essaim/api-types'

/** The engine's own word on itself. */
export interface LocalSystem {
  info(): Promise<SystemInfo>
  version(): Promise<SystemVersion>
  events(options: EventsOptions, signal: AbortSignal): Promise<EventStream>
  diskUsage(types: string[]): Promise<Record<string, unknown>>
  auth(config: AuthConfig): Promise<{ Status: string; IdentityToken: string }>
}

/** The same, and what this host is in a swarm. */
export class SystemInSwarm implements LocalSystem {
  constructor(
    private readonly local: LocalSystem,
    private readonly swarm: () => Promise<SwarmInfo>,
  ) {}

  async info(): Promise<SystemInfo> {
    const [info, swarm] = await Promise.all([this.local.info(), this.swarm()])
    return { ...info, Swarm: swarm }
  }

  version(): Promise<SystemVersion> {
    return this.local.version()
  }

  events(options: EventsOptions, signal: AbortSignal): Promise<EventStream> {
    return this.local.events(options, signal)
  }

  diskUsage(types: string[]): Promise<Record<string, unknown>> {
    return this.local.diskUsage(types)
  }

  auth(config: AuthConfig): Promise<{ Status: string; IdentityToken: string }> {
    return this.local.auth(config)
  }
}
