import { internal, sleep, tooLarge, unavailable } from '@essaim/base'
import { etcdLimits, isUnsure, type EtcdClient, type Int64, type KeyValue, type RequestOp } from '../etcd/index.js'
import { journalEntry, journalLimit } from './contract.js'
import type { Backend, BackendContent, ChangeBatch, JournalEntry, Stored } from './contract.js'
import { journalKey, journalPrefix, objectKey, objectPrefix, placeOf, revisionKey } from './keys.js'
import type { Seal } from './seal.js'

/** All of ours stands below it. */
export const etcdPrefix = 'essaim/'

/** Written when this manager came to lead, and by nobody since while it leads. */
export interface Fence {
  key: Buffer
  modRevision: Int64
}

/** How many objects are read or copied at once. */
const page = 1000
/** How long it is tried to learn what became of a commit. */
const unsureMs = 4000
const retryMs = 50

/**
 * The cluster's state in etcd, every value sealed. A commit is one transaction of etcd, guarded by the leader's key: who
 * does not lead any more cannot write.
 */
export class EtcdBackend implements Backend {
  /** Of the revision's key: what the last commit has written. */
  #last: Int64 = '0'
  #lost = false

  constructor(
    private readonly etcd: EtcdClient,
    private readonly seal: Seal,
    private readonly fence: Fence,
    /** Told once this manager has found that it leads no more, or cannot know what it has written. */
    private readonly onLost: () => void = () => {},
  ) {}

  async load(): Promise<BackendContent> {
    const { kvs, header } = await this.etcd.range({ key: at(revisionKey) })
    const [revision] = kvs
    if (revision) this.#last = revision.mod_revision
    return readContent(this.etcd, this.seal, header.revision)
  }

  async commit(batches: readonly ChangeBatch[]): Promise<void> {
    const ops = new Map<string, RequestOp>()
    for (const batch of batches) this.#collect(batch, ops)
    const revision = String(batches.at(-1)?.revision)
    ops.set(revisionKey, put(revisionKey, Buffer.from(revision)))
    const all = [...ops.values()]
    check(all)
    if (this.#lost) throw deposed()
    try {
      await this.#write(all, revision)
    } catch (error) {
      this.#lost = true
      this.onLost()
      throw error
    }
  }

  /** Replaces all that etcd holds of ours. What is cut off counts as nothing: the revision is written last. */
  async fill({ revision, objects, journal }: BackendContent): Promise<void> {
    const clear = [objectPrefix, journalPrefix, revisionKey].map((prefix) => ({ request_delete_range: under(prefix) }))
    await this.#guarded(clear)
    const puts = [
      ...objects.map(({ table, object }) => this.#put(objectKey(table, object), object)),
      ...journal.map((entry) => this.#put(journalKey(entry.revision), entry)),
    ]
    for (let from = 0; from < puts.length; from += page) await this.#guarded(puts.slice(from, from + page))
    this.#last = await this.#guarded([put(revisionKey, Buffer.from(String(revision)))])
  }

  /** The connection is its owner's. */
  close(): Promise<void> {
    return Promise.resolve()
  }

  #collect(batch: ChangeBatch, ops: Map<string, RequestOp>): void {
    for (const { action, table, object } of batch.changes) {
      const key = objectKey(table, object)
      ops.set(key, action === 'remove' ? { request_delete_range: { key: at(key) } } : this.#put(key, object))
    }
    const entry = journalKey(batch.revision)
    ops.set(entry, this.#put(entry, journalEntry(batch)))
    const old = journalKey(batch.revision - journalLimit)
    ops.set(old, { request_delete_range: { key: at(old) } })
  }

  /**
   * When the answer is lost it is asked again: while this manager leads nobody else moves the revision, so that one which
   * has moved to `revision` says that it was written.
   */
  async #write(ops: RequestOp[], revision: string): Promise<void> {
    const end = Date.now() + unsureMs
    for (;;) {
      try {
        const { succeeded, responses, header } = await this.etcd.txn({
          compare: [this.#leads(), same(at(revisionKey), this.#last)],
          success: ops,
          failure: [{ request_range: { key: this.fence.key } }, { request_range: { key: at(revisionKey) } }],
        })
        if (succeeded) {
          this.#last = header.revision
          return
        }
        const [leader, stored] = responses.map(({ response_range: found }) => found?.kvs[0])
        if (leader?.mod_revision !== this.fence.modRevision) throw deposed()
        if (stored?.value.toString() !== revision)
          throw internal('store.foreign', 'somebody else has written the store')
        this.#last = stored.mod_revision
        return
      } catch (error) {
        if (!isUnsure(error)) throw error
        if (Date.now() > end) throw unsure(error)
        await sleep(retryMs)
      }
    }
  }

  /** Writes as long as this manager leads; answers at which revision of etcd. */
  async #guarded(ops: RequestOp[]): Promise<Int64> {
    const { succeeded, header } = await this.etcd.txn({ compare: [this.#leads()], success: ops, failure: [] })
    if (!succeeded) throw deposed()
    return header.revision
  }

  #leads(): ReturnType<typeof same> {
    return same(this.fence.key, this.fence.modRevision)
  }

  #put(key: string, value: Stored | JournalEntry): RequestOp {
    return put(key, this.seal.seal(key, JSON.stringify(value)))
  }
}

/** All that etcd holds of ours, as of one of its revisions. With `local`, as this member knows it, without a quorum. */
export async function readContent(etcd: EtcdClient, seal: Seal, at: Int64, local = false): Promise<BackendContent> {
  const content: BackendContent = { revision: 0, objects: [], journal: [] }
  for await (const { key, value } of pages(etcd, at, local)) {
    const place = key.toString().slice(etcdPrefix.length)
    if (place === revisionKey) content.revision = Number(value.toString())
    else if (place.startsWith(objectPrefix)) {
      content.objects.push({ table: placeOf(place).table, object: JSON.parse(seal.open(place, value)) as Stored })
    } else if (place.startsWith(journalPrefix)) {
      content.journal.push(JSON.parse(seal.open(place, value)) as JournalEntry)
    }
  }
  return content
}

async function* pages(etcd: EtcdClient, revision: Int64, serializable: boolean): AsyncGenerator<KeyValue> {
  const end = Buffer.from(`${etcdPrefix}\xff`, 'latin1')
  for (let key = Buffer.from(etcdPrefix), more = true; more;) {
    const answer = await etcd.range(
      { key, range_end: end, limit: page, revision, serializable },
      { withoutLeader: serializable },
    )
    yield* answer.kvs
    const last = answer.kvs.at(-1)
    if (last) key = Buffer.concat([last.key, Buffer.from([0])])
    more = answer.more && last !== undefined
  }
}

const at = (place: string): Buffer => Buffer.from(etcdPrefix + place)

const under = (prefix: string): { key: Buffer; range_end: Buffer } => ({
  key: at(prefix),
  range_end: Buffer.concat([at(prefix), Buffer.from([0xff])]),
})

const put = (place: string, value: Buffer): RequestOp => ({ request_put: { key: at(place), value } })

const same = (key: Buffer, mod_revision: Int64) => ({ result: 'EQUAL', target: 'MOD', key, mod_revision }) as const

/** Rather refused here, with words, than by etcd or by gRPC. */
function check(ops: readonly RequestOp[]): void {
  let bytes = 0
  for (const op of ops) if ('request_put' in op) bytes += op.request_put.key.length + op.request_put.value.length + 32
  if (ops.length < etcdLimits.txnOps && bytes < etcdLimits.requestBytes) return
  const what = `${ops.length} objects of together ${Math.ceil(bytes / (1 << 20))} MiB`
  throw tooLarge('store.commit-size', `${what} cannot be stored at once: at most ${etcdLimits.txnOps - 1} of 63 MiB`)
}

const deposed = (): Error => unavailable('store.deposed', 'this manager leads the swarm no more')

const unsure = (cause: unknown): Error =>
  unavailable('store.unsure', 'the swarm has lost its quorum: whether the change was stored is not known', { cause })
