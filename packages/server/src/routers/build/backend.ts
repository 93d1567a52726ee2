import type { AuthConfig, HostConfig, ProgressMessage } from '@essaim/api-types'
import type { Duplex, Readable } from 'node:stream'

/** The options of one build, as the classic builder knows them. */
export interface BuildOptions {
  /** Path of the Dockerfile in the context. */
  dockerfile: string
  /** Where the context is fetched from; without it the client sends one. */
  remote?: string
  /** Names for the result, `repo[:tag]`. */
  tags: string[]
  args: Record<string, string | null>
  labels: Record<string, string>
  target?: string
  platform?: string
  cacheFrom: string[]
  noCache: boolean
  pull: boolean
  quiet: boolean
  /** By which `cancel` knows the build. */
  id?: string
  /** Networks, limits and the like of the containers that commands run in. */
  host: HostConfig
  /** What `RUN --mount=type=secret` may ask for, by id. */
  secrets: ReadonlyMap<string, Buffer>
  /** Credentials by the registry's address. */
  auths: Record<string, AuthConfig>
}

/** What a prune of the build's cache takes. */
export interface PruneLimits {
  /** The folders of `RUN --mount=type=cache` too. */
  all: boolean
  /** Steps that led to one of these images alone. */
  ids?: string[]
  /** What was last used before this time alone, in milliseconds since 1970. */
  until?: number
}

export interface BuildBackend {
  /** Messages in the classic builder's words: clients parse them. */
  build(context: Readable, options: BuildOptions, signal: AbortSignal): Promise<AsyncIterable<ProgressMessage>>
  /** An id that no build has is none that runs any more. */
  cancel(id: string): void
  prune(limits: PruneLimits): Promise<{ CachesDeleted: string[] | null; SpaceReclaimed: number }>
}

/** A buildkitd, where one is configured: connections of its clients are handed through to it. */
export interface BuildKitBackend {
  /** The control API's connection. Throws when buildkitd does not answer. */
  control(): Promise<Duplex>
  /** A session; `headers` in small letters say what it is and what it serves. */
  session(headers: Record<string, string | string[] | undefined>): Promise<Duplex>
}
