import type {
  AuthConfig,
  DistributionInspect,
  Filters,
  ImageDeleteResponseItem,
  ImageHistoryResponseItem,
  ImageInspect,
  ImageSearchResult,
  ImageSummary,
  ProgressMessage,
  PullOptions,
} from '@essaim/api-types'
import type { Readable } from 'node:stream'

/** Streams of progress: what fails before the first message is thrown by the call, later it is an `errorDetail` message. */
export interface ImagesBackend {
  list(options: { all: boolean; digests: boolean; sharedSize: boolean; filters: Filters }): Promise<ImageSummary[]>
  inspect(ref: string): Promise<ImageInspect>
  history(ref: string): Promise<ImageHistoryResponseItem[]>
  tag(ref: string, target: { repo: string; tag: string }): Promise<void>
  remove(ref: string, options: { force: boolean; noPrune: boolean }): Promise<ImageDeleteResponseItem[]>
  prune(filters: Filters): Promise<{ ImagesDeleted: ImageDeleteResponseItem[] | null; SpaceReclaimed: number }>
  pull(options: PullOptions, signal: AbortSignal): Promise<AsyncIterable<ProgressMessage>>
  push(
    ref: string,
    options: { tag?: string; auth?: AuthConfig },
    signal: AbortSignal,
  ): Promise<AsyncIterable<ProgressMessage>>
  /** `platform`: the one of an archive of several, `os/architecture[/variant]`; the host's when it is absent. */
  load(
    tar: Readable,
    options: { quiet: boolean; platform?: string },
    signal: AbortSignal,
  ): Promise<AsyncIterable<ProgressMessage>>
  save(refs: string[], signal: AbortSignal): Promise<Readable>
  importTar(
    tar: Readable,
    options: { repo?: string; tag?: string; message: string; changes: string[]; platform?: string },
    signal: AbortSignal,
  ): Promise<AsyncIterable<ProgressMessage>>
  commit(options: {
    container: string
    repo?: string
    tag?: string
    comment: string
    author: string
    pause: boolean
    changes: string[]
    config?: unknown
  }): Promise<{ Id: string }>
  search(options: { term: string; limit?: number; filters: Filters; auth?: AuthConfig }): Promise<ImageSearchResult[]>
  distribution(ref: string, auth: AuthConfig | undefined): Promise<DistributionInspect>
}
