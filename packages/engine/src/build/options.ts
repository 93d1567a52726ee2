import type { AuthConfig, HostConfig } from '@essaim/api-types'

/** The options of one build, as the classic builder knows them. */
export interface BuildOptions {
  /** The path of the Dockerfile in the context. */
  dockerfile: string
  /** Where the context is fetched from; without it the client sends one. */
  remote?: string
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
