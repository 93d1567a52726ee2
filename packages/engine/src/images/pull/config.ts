import { internal, invalid } from '@essaim/base'
import { isCode, type Containerd, type Descriptor } from '../../containerd/index.js'
import { putBlob } from '../blobs.js'
import { digestOf } from '../manifest.js'
import { readBody } from '../registry/http.js'
import type { Repository } from '../registry/repository.js'

const largestConfig = 8 << 20

/** Images' configurations from registries; one that several pulls want at once is fetched once. */
export class Configs {
  readonly #running = new Map<string, Promise<Buffer>>()

  constructor(private readonly containerd: Containerd) {}

  /** With a lease the configuration is in the content store afterwards. */
  async fetch(repository: Repository, config: Descriptor, signal: AbortSignal, lease?: string): Promise<Buffer> {
    for (;;) {
      const running = this.#running.get(config.digest)
      if (!running) break
      const joined = await running.catch(() => undefined)
      if (joined) return joined
      // The one that was joined may have failed for its own reasons, such as being given up.
      signal.throwIfAborted()
    }
    const started = this.#obtain(repository, config, signal, lease)
    this.#running.set(config.digest, started)
    try {
      return await started
    } finally {
      this.#running.delete(config.digest)
    }
  }

  async #obtain(
    repository: Repository,
    config: Descriptor,
    signal: AbortSignal,
    lease: string | undefined,
  ): Promise<Buffer> {
    if (config.size > largestConfig)
      throw invalid('image.config', `the image's configuration is too large: ${config.size} bytes`)
    try {
      return await this.containerd.content.readAll(config.digest, { signal })
    } catch (error) {
      if (!isCode(error, 'NOT_FOUND')) throw error
    }
    const { body } = await repository.blob(config.digest, 0, signal)
    const data = await readBody(body, largestConfig)
    if (data.length !== config.size) {
      const text = `${config.digest} has ${data.length} bytes, its manifest says ${config.size}`
      throw invalid('registry.size', text)
    }
    if (digestOf(data) !== config.digest) {
      throw internal('registry.digest', `image config verification failed for digest ${config.digest}`)
    }
    if (lease !== undefined) await putBlob(this.containerd, data, lease)
    return data
  }
}
