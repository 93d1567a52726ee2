import { messageOf, sleep, type Logger } from '@essaim/base'
import type { EtcdClient, Int64, KeyValue } from '../etcd/index.js'
import type { Change, ChangeBatch, JournalEntry, Store, Stored, TableName, View } from './contract.js'
import { etcdPrefix, readContent } from './etcd-backend.js'
import { deepFreeze } from './freeze.js'
import { tableNames } from './indexes.js'
import { journalPrefix, objectKey, objectPrefix, placeOf, revisionKey } from './keys.js'
import { Published } from './published.js'
import type { Seal } from './seal.js'

export interface FollowerOptions {
  etcd: EtcdClient
  seal: Seal
  /** Why nothing can be written here. */
  refusal: () => Error
  logger: Logger
}

const retryMs = 200

/**
 * The cluster's state as this host's etcd knows it, kept up by a watch: what a manager that does not lead reads. It goes on
 * without a quorum, with what was last known, and never goes backwards.
 */
export class FollowerStore implements Store {
  readonly #closed = new AbortController()
  readonly #waiting = new AsyncWaiters()
  readonly #following: Promise<void>

  private constructor(
    private readonly published: Published,
    private at: Int64,
    private readonly options: FollowerOptions,
  ) {
    this.#following = this.#follow()
  }

  static async open(options: FollowerOptions): Promise<FollowerStore> {
    const at = await localRevision(options.etcd)
    const content = await readContent(options.etcd, options.seal, at, true)
    return new FollowerStore(new Published(content), at, options)
  }

  view(): View {
    return this.published.state
  }

  update(): Promise<never> {
    return Promise.reject(this.options.refusal())
  }

  watch(signal: AbortSignal): { view: View; changes: AsyncIterable<ChangeBatch> } {
    return this.published.watch(signal)
  }

  /** Nothing is committed here. */
  respond(): () => void {
    return () => {}
  }

  journal(): readonly JournalEntry[] {
    return this.published.journal
  }

  moveTo(): Promise<never> {
    return Promise.reject(this.options.refusal())
  }

  /** Resolves when all that was acknowledged before the call is seen here. Rejects without a quorum. */
  async caughtUp(): Promise<void> {
    const { kvs } = await this.options.etcd.range({ key: Buffer.from(etcdPrefix + revisionKey) }, { timeoutMs: 2000 })
    const revision = Number(kvs[0]?.value.toString() ?? 0)
    while (this.published.state.revision < revision && !this.#closed.signal.aborted) await this.#waiting.next()
  }

  async close(): Promise<void> {
    this.#closed.abort()
    this.#waiting.wake()
    await this.#following
    this.published.close()
  }

  async #follow(): Promise<void> {
    const { etcd, logger } = this.options
    const { signal } = this.#closed
    const key = Buffer.from(etcdPrefix)
    const range_end = Buffer.from(`${etcdPrefix}\xff`, 'latin1')
    while (!signal.aborted) {
      try {
        const from = String(BigInt(this.at) + 1n)
        for await (const message of etcd.watch({ key, range_end, start_revision: from }, signal)) {
          if (message.canceled) throw new Error(message.cancel_reason || 'etcd has forgotten what was missed')
          for (const group of byRevision(message.events)) this.#take(group.changes, group.at)
        }
      } catch (error) {
        logger.debug('the view of the store is read again', { error: messageOf(error) })
      }
      if (signal.aborted) return
      await sleep(retryMs, signal).catch(() => {})
      await this.#again().catch((error: unknown) => logger.debug('etcd cannot be read', { error: messageOf(error) }))
    }
  }

  /** Reads all, and publishes what is different. */
  async #again(): Promise<void> {
    if (this.#closed.signal.aborted) return
    const { etcd, seal } = this.options
    const at = await localRevision(etcd)
    if (BigInt(at) <= BigInt(this.at)) return
    const { revision, objects, journal } = await readContent(etcd, seal, at, true)
    const here = new Set(objects.map(({ table, object }) => objectKey(table, object)))
    const gone = tableNames.flatMap((table) =>
      [...this.published.state.all(table)]
        .filter((object) => !here.has(objectKey(table, object)))
        .map((object) => ({ table, object })),
    )
    const changes = [
      ...objects.flatMap(({ table, object }) => this.#changed(table, object)),
      ...gone.map(({ table, object }) => ({ action: 'remove', table, object }) as Change),
    ]
    const newer = journal.filter((entry) => entry.revision > this.published.state.revision)
    this.#publish(revision, changes, newer)
    this.at = at
  }

  #take(events: readonly { removed: boolean; kv: KeyValue }[], at: Int64): void {
    const changes: Change[] = []
    const entries: JournalEntry[] = []
    let { revision } = this.published.state
    for (const { removed, kv } of events) {
      const place = kv.key.toString().slice(etcdPrefix.length)
      const read = <T>(): T => JSON.parse(this.options.seal.open(place, kv.value)) as T
      if (place === revisionKey && !removed) revision = Number(kv.value.toString())
      else if (place.startsWith(journalPrefix) && !removed) entries.push(read())
      else if (place.startsWith(objectPrefix)) {
        const { table, id } = placeOf(place)
        if (!removed) changes.push(...this.#changed(table, read<Stored>()))
        else {
          const object: Stored | undefined = this.published.state.get(table, id)
          if (object) changes.push({ action: 'remove', table, object } as Change)
        }
      }
    }
    this.#publish(revision, changes, entries)
    this.at = at
  }

  #changed(table: TableName, object: Stored): Change[] {
    const before: Stored | undefined = this.published.state.get(table, object.ID)
    if (before?.Version.Index === object.Version.Index) return []
    deepFreeze(object)
    return [(before ? { action: 'update', table, object, before } : { action: 'create', table, object }) as Change]
  }

  #publish(revision: number, changes: Change[], entries: readonly JournalEntry[]): void {
    const { author = { name: 'system' }, reason = '', time = '' } = entries.at(-1) ?? {}
    if (changes.length > 0 || revision !== this.published.state.revision) {
      this.published.publish({ revision, author, reason, time, changes }, entries)
    }
    this.#waiting.wake()
  }
}

/** What waits for the next change. */
class AsyncWaiters {
  #waiters: (() => void)[] = []

  next(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve))
  }

  wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter()
  }
}

/** Of what this member has applied. */
async function localRevision(etcd: EtcdClient): Promise<Int64> {
  const options = { withoutLeader: true }
  return (await etcd.range({ key: Buffer.from(etcdPrefix + revisionKey), serializable: true }, options)).header.revision
}

function byRevision(
  events: readonly { type: 'PUT' | 'DELETE'; kv: KeyValue }[],
): { at: Int64; changes: { removed: boolean; kv: KeyValue }[] }[] {
  const groups = new Map<Int64, { removed: boolean; kv: KeyValue }[]>()
  for (const { type, kv } of events) {
    const group = groups.get(kv.mod_revision)
    const change = { removed: type === 'DELETE', kv }
    if (group) group.push(change)
    else groups.set(kv.mod_revision, [change])
  }
  return [...groups].map(([at, changes]) => ({ at, changes }))
}
