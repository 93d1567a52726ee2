import { messageOf, sleep, type Logger } from '@essaim/base'
import type { EtcdClient, Int64 } from '../etcd/index.js'

/** How long who leads may be silent towards etcd before the lead is free, in seconds. */
const ttlSeconds = 4
const renewMs = 1000

/** A lease of etcd that is kept as long as etcd can be reached. */
export class Lease {
  readonly #ended = new AbortController()
  readonly #over = new AbortController()
  readonly #keeping: Promise<void>

  private constructor(
    readonly id: Int64,
    private readonly etcd: EtcdClient,
    private readonly logger: Logger,
  ) {
    this.#keeping = this.#keep()
  }

  static async grant(etcd: EtcdClient, logger: Logger): Promise<Lease> {
    return new Lease(await etcd.grantLease(ttlSeconds), etcd, logger)
  }

  /** Raised when it may be over. */
  get over(): AbortSignal {
    return this.#over.signal
  }

  /** Gives back what hangs on it, at once where etcd can be reached. */
  async end(): Promise<void> {
    this.#ended.abort()
    await this.#keeping
    await this.etcd.revokeLease(this.id, { timeoutMs: 1000 }).catch((error: unknown) => {
      this.logger.debug('the lease ends by itself', { error: messageOf(error) })
    })
  }

  async #keep(): Promise<void> {
    const { signal } = this.#ended
    let until = Date.now() + ttlSeconds * 1000
    while (!signal.aborted) {
      try {
        await sleep(renewMs, signal)
        const asked = Date.now()
        const seconds = await this.etcd.keepAlive(this.id, { timeoutMs: renewMs })
        if (seconds === 0) break
        until = asked + seconds * 1000
      } catch (error) {
        if (signal.aborted) return
        this.logger.debug('the lease was not renewed', { error: messageOf(error) })
        if (Date.now() > until) break
      }
    }
    this.#over.abort()
  }
}
