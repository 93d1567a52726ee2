import { messageOf, sleep, type Logger } from '@essaim/base'
import type { EtcdClient, Int64 } from '../etcd/index.js'
import { etcdPrefix, type Fence } from '../store/index.js'

/** The manager that leads, as it wrote itself down. */
export interface Leader {
  nodeId: string
  /** `ip:port` where other nodes reach it. */
  address: string
  /** Of its etcd. */
  memberId: Int64
}

/** Who leads, and since when in etcd's counting. */
export interface Reign extends Leader {
  modRevision: Int64
}

const key = Buffer.from(`${etcdPrefix}leader`)
const retryMs = 200

/** The key whose holder leads. It hangs on a lease of its holder. */
export class LeaderKey {
  #current: Reign | undefined
  /** Undefined until etcd was heard. */
  #known = false
  readonly #waiters = new Set<() => void>()
  #reign = new AbortController()

  constructor(
    private readonly etcd: EtcdClient,
    private readonly logger: Logger,
  ) {}

  /** Who leads as far as this host's etcd knows. */
  get current(): Reign | undefined {
    return this.#current
  }

  /** Raised when another one leads, or none. */
  get reign(): AbortSignal {
    return this.#reign.signal
  }

  get known(): boolean {
    return this.#known
  }

  /** Resolves with the next change of who leads, after `ms`, or when the signal is raised. */
  changed(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#waiters.delete(done)
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#waiters.add(done)
      signal.addEventListener('abort', done, { once: true })
      if (signal.aborted) done()
    })
  }

  /** Takes the lead if nobody has taken it since `before`; undefined when somebody has. */
  async claim(leader: Leader, before: Reign | undefined, lease: Int64): Promise<Fence | undefined> {
    const { succeeded, header } = await this.etcd.txn({
      compare: [{ result: 'EQUAL', target: 'MOD', key, mod_revision: before?.modRevision ?? '0' }],
      success: [{ request_put: { key, value: Buffer.from(JSON.stringify(leader)), lease } }],
      failure: [],
    })
    if (!succeeded) return undefined
    this.#see({ ...leader, modRevision: header.revision })
    return { key, modRevision: header.revision }
  }

  /** Keeps `current` until the signal is raised. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const { kvs, header } = await this.etcd.range({ key, serializable: true }, { withoutLeader: true, signal })
        const [found] = kvs
        this.#see(found && reignOf(found))
        const start_revision = String(BigInt(header.revision) + 1n)
        for await (const { canceled, events } of this.etcd.watch({ key, start_revision }, signal)) {
          if (canceled) break
          for (const { type, kv } of events) this.#see(type === 'PUT' ? reignOf(kv) : undefined, kv.mod_revision)
        }
      } catch (error) {
        if (!signal.aborted) this.logger.debug('who leads is asked again', { error: messageOf(error) })
      }
      await sleep(retryMs, signal).catch(() => {})
    }
  }

  #see(reign: Reign | undefined, at: Int64 = reign?.modRevision ?? '0'): void {
    this.#known = true
    const before = this.#current
    // What a watch brings of the time before a claim of our own is old.
    if (before && at !== '0' && BigInt(at) < BigInt(before.modRevision)) return
    this.#current = reign
    if (before?.modRevision === reign?.modRevision) return
    this.#reign.abort()
    this.#reign = new AbortController()
    for (const wake of this.#waiters) wake()
  }
}

function reignOf({ value, mod_revision }: { value: Buffer; mod_revision: Int64 }): Reign {
  return { ...(JSON.parse(value.toString()) as Leader), modRevision: mod_revision }
}
