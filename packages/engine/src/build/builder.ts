import type { ProgressMessage } from '@essaim/api-types'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Emit } from '../images/progress.js'
import { progressStream } from '../images/progress.js'
import type { PullContext } from '../images/pull/endpoint.js'
import { parsePlatform } from '../images/platform.js'
import { parseReference, withDefaultTag } from '../images/reference.js'
import { BuildCache, type PruneLimits } from './cache.js'
import { carryOutFile } from './carry-out.js'
import { openContext } from './context/open.js'
import { parseDockerfile } from './dockerfile.js'
import { unmountBelow } from './left-mounts.js'
import { CacheFolders } from './mounts/caches.js'
import type { BuildOptions } from './options.js'
import { removeLeftContainers, type BuildContainers } from './run.js'
import { readStages } from './stages.js'

/** How much of what a quiet build said is told when it fails, in characters. */
const keptOutput = 1 << 20

/** `docker build` with the classic builder's words, upon containers and snapshots of this engine. */
export class Builder {
  readonly #cache: BuildCache
  readonly #caches: CacheFolders
  /** The builds that were given an id, by it. */
  readonly #running = new Map<string, AbortController>()

  /** `folder` is where contexts are unpacked and caches of commands are kept. */
  constructor(
    private readonly images: PullContext,
    private readonly containers: BuildContainers,
    private readonly folder: string,
  ) {
    this.#cache = new BuildCache(images.containerd)
    this.#caches = new CacheFolders(join(folder, 'caches'))
  }

  /** What a killed daemon's builds have left behind. To be called while none runs. */
  async sweep(): Promise<void> {
    await removeLeftContainers(this.containers)
    await unmountBelow(this.folder)
    await rm(join(this.folder, 'contexts'), { recursive: true, force: true })
  }

  async build(body: Readable, options: BuildOptions, gone: AbortSignal): Promise<AsyncIterable<ProgressMessage>> {
    const names = options.tags.map((tag) => withDefaultTag(parseReference(tag)))
    if (options.platform !== undefined) parsePlatform(options.platform)
    const cancelled = new AbortController()
    const signal = AbortSignal.any([gone, cancelled.signal])
    if (options.id !== undefined) this.#running.set(options.id, cancelled)
    const { images, containers, folder } = this
    return await progressStream(async (emit) => {
      const output = options.quiet ? new KeptOutput() : undefined
      try {
        await using context = await openContext(
          join(folder, 'contexts'),
          { body, remote: options.remote, dockerfile: options.dockerfile },
          signal,
        )
        const { statements, warnings } = await parseDockerfile(context.dockerfile, options.dockerfile)
        const file = readStages(statements, options.target)
        const tell = output?.emit ?? emit
        for (const stream of warnings) tell({ stream })
        const id = await images.containerd.leases.during('build', (lease) => {
          const parts = { images, containers, cache: this.#cache, caches: this.#caches, lease, emit: tell, signal }
          return carryOutFile(file, context, names, options, parts)
        })
        if (output) emit({ stream: `${id}\n` })
      } catch (error) {
        for (const message of output?.messages ?? []) emit(message)
        throw error
      } finally {
        if (options.id !== undefined && this.#running.get(options.id) === cancelled) this.#running.delete(options.id)
      }
    })
  }

  /** Ends a build; an id that no build has is none that runs any more. */
  cancel(id: string): void {
    this.#running.get(id)?.abort(new Error('the build was cancelled'))
  }

  /** Forgets steps; of the folders of `RUN --mount=type=cache`, those that no command uses. */
  async prune(limits: PruneLimits): Promise<{ CachesDeleted: string[] | null; SpaceReclaimed: number }> {
    const freed = limits.all ? await this.#caches.prune() : 0
    const { CachesDeleted, SpaceReclaimed } = await this.#cache.prune(limits)
    return { CachesDeleted, SpaceReclaimed: SpaceReclaimed + freed }
  }
}

/** What a quiet build would have said: told when it fails. */
class KeptOutput {
  readonly messages: ProgressMessage[] = []
  #length = 0

  readonly emit: Emit = (message) => {
    this.messages.push(message)
    this.#length += message.stream?.length ?? 0
    while (this.#length > keptOutput) this.#length -= this.messages.shift()?.stream?.length ?? 0
  }
}
