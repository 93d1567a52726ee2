import type { AuthConfig, Filters, ProgressMessage } from '@essaim/api-types'
import type { Readable } from 'node:stream'

/** The options of one build, as the classic builder knows them. */
export interface BuildOptions {
  /** Path of the Dockerfile in the context. */
  dockerfile: string
  /** Names for the result, `repo[:tag]`. */
  tags: string[]
  args: Record<string, string | null>
  labels: Record<string, string>
  target?: string
  platform?: string
  networkMode?: string
  cacheFrom: string[]
  extraHosts: string[]
  noCache: boolean
  pull: boolean
  quiet: boolean
  /** Credentials by the registry's address. */
  auths: Record<string, AuthConfig>
}

export interface BuildBackend {
  /** Messages in the classic builder's words: clients parse them. */
  build(context: Readable, options: BuildOptions, signal: AbortSignal): Promise<AsyncIterable<ProgressMessage>>
  prune(filters: Filters): Promise<{ CachesDeleted: string[] | null; SpaceReclaimed: number }>
}
