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
import { Gate, type Logger } from '@essaim/base'
import { Builder } from '../build/builder.js'
import type { BuildContainers } from '../build/run.js'
import type { Readable } from 'node:stream'
import type { Containerd } from '../containerd/index.js'
import type { EventBus } from '../events/bus.js'
import { commit, type CommitOptions } from './commit.js'
import type { CommitSource, Image, ImageLookup, ImageUsers } from './contract.js'
import { distribution } from './distribution.js'
import { importTar, type ImportOptions } from './import.js'
import { history, inspect } from './inspect.js'
import { Origins } from './origins.js'
import { layersSize, list, type ListOptions } from './list.js'
import { load } from './load/load.js'
import { prune, type Pruned } from './prune.js'
import { Configs } from './pull/config.js'
import { Downloads } from './pull/download.js'
import type { PullContext } from './pull/endpoint.js'
import { pull } from './pull/pull.js'
import { push } from './push/push.js'
import type { RegistryOptions } from './registry/endpoints.js'
import { login, type LoginAnswer } from './registry/login.js'
import { search, type SearchOptions } from './registry/search.js'
import { remove } from './remove.js'
import { resolveImage } from './resolve.js'
import { save } from './save.js'
import { ImageStore } from './store.js'
import { tag } from './tag.js'
import { Unpacker } from './unpack.js'

export interface ImagesOptions {
  containerd: Containerd
  events: EventBus
  users: ImageUsers
  commits: CommitSource
  registries: RegistryOptions
  logger: Logger
}

/** The images of this host: what the API's image calls are served from, and what containers are made of. */
export class Images implements ImageLookup {
  readonly #context: PullContext & { commits: CommitSource }

  private constructor(options: ImagesOptions) {
    const { containerd } = options
    this.#context = {
      ...options,
      store: new ImageStore(containerd),
      unpacker: new Unpacker(containerd),
      downloads: new Downloads(containerd, options.registries),
      origins: new Origins(containerd),
      uploads: new Gate(options.registries.parallelUploads),
      configs: new Configs(containerd),
    }
  }

  /** Lets go of what operations have left behind that were cut short. */
  static async open(options: ImagesOptions): Promise<Images> {
    await options.containerd.leases.sweep()
    return new Images(options)
  }

  /** Builds images upon these; `folder` is the builder's own. */
  builder(containers: BuildContainers, folder: string): Builder {
    return new Builder(this.#context, containers, folder)
  }

  async resolve(ref: string): Promise<Image> {
    return await resolveImage(this.#context.store, ref)
  }

  async list(options: ListOptions): Promise<ImageSummary[]> {
    return await list(this.#context, options)
  }

  /** Bytes on disk of all layers. */
  async layersSize(): Promise<number> {
    return await layersSize(this.#context)
  }

  async inspect(ref: string): Promise<ImageInspect> {
    return await inspect(this.#context, ref)
  }

  async history(ref: string): Promise<ImageHistoryResponseItem[]> {
    return await history(this.#context, ref)
  }

  async tag(ref: string, target: { repo: string; tag: string }): Promise<void> {
    await tag(this.#context, ref, target)
  }

  async remove(ref: string, options: { force: boolean; noPrune: boolean }): Promise<ImageDeleteResponseItem[]> {
    return await remove(this.#context, ref, options)
  }

  async prune(filters: Filters): Promise<Pruned> {
    return await prune(this.#context, filters)
  }

  async load(
    tar: Readable,
    options: { quiet: boolean; platform?: string },
    signal: AbortSignal,
  ): Promise<AsyncIterable<ProgressMessage>> {
    return await load(this.#context, tar, options, signal)
  }

  async pull(options: PullOptions, signal: AbortSignal): Promise<AsyncIterable<ProgressMessage>> {
    return await pull(this.#context, options, signal)
  }

  async push(
    ref: string,
    options: { tag?: string; auth?: AuthConfig },
    signal: AbortSignal,
  ): Promise<AsyncIterable<ProgressMessage>> {
    return await push(this.#context, ref, options, signal)
  }

  async save(refs: string[], signal: AbortSignal): Promise<Readable> {
    return await save(this.#context, refs, signal)
  }

  async importTar(tar: Readable, options: ImportOptions, signal: AbortSignal): Promise<AsyncIterable<ProgressMessage>> {
    return await importTar(this.#context, tar, options, signal)
  }

  async commit(options: CommitOptions): Promise<{ Id: string }> {
    return await commit(this.#context, options)
  }

  /** `docker login`. Throws what the registry says of wrong credentials. */
  async login(auth: AuthConfig): Promise<LoginAnswer> {
    return await login(this.#context.registries, auth)
  }

  async search(options: SearchOptions): Promise<ImageSearchResult[]> {
    return await search(this.#context.registries, options)
  }

  async distribution(ref: string, auth: AuthConfig | undefined): Promise<DistributionInspect> {
    return await distribution(this.#context, ref, auth)
  }
}
