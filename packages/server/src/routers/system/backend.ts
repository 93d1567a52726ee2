import type { AuthConfig, EventsOptions, EventStream, SystemInfo, SystemVersion } from '@essaim/api-types'

export interface SystemBackend {
  info(): Promise<SystemInfo>
  version(): Promise<SystemVersion>
  /** Registered before it resolves: no event after that is missed. Past events since `since` come first. */
  events(options: EventsOptions, signal: AbortSignal): Promise<EventStream>
  diskUsage(types: string[]): Promise<Record<string, unknown>>
  auth(config: AuthConfig): Promise<{ Status: string; IdentityToken: string }>
}
