import { randomUUID } from 'node:crypto'
import { tolerate } from './error.js'
import type { CallOptions, Channel } from './channel.js'
import { methodOf, type Method } from './protocol.js'
import { timeOf, type Timestamp } from './time.js'

export interface Lease {
  id: string
  labels: Record<string, string>
  /** RFC 3339. */
  createdAt: string
}

/** On the leases of operations: which one. */
const purposeLabel = 'essaim.purpose'

const method = <Request, Response>(name: string): Method<Request, Response> =>
  methodOf('containerd.services.leases.v1.Leases', name)

/** Leases keep from the garbage collector what was made under them. */
export class LeasesService {
  constructor(private readonly channel: Channel) {}

  async create(id: string, labels: Record<string, string> = {}, options?: CallOptions): Promise<void> {
    await this.channel.unary(method<object, object>('Create'), { id, labels }, options)
  }

  async delete(id: string, sync = false, options?: CallOptions): Promise<void> {
    await this.channel.unary(method<object, object>('Delete'), { id, sync }, options)
  }

  async list(filters: string[] = [], options?: CallOptions): Promise<Lease[]> {
    type Answer = { leases: (Omit<Lease, 'createdAt'> & { createdAt: Timestamp | null })[] }
    const answer = await this.channel.unary(method<object, Answer>('List'), { filters }, options)
    return answer.leases.map((lease) => ({ ...lease, createdAt: timeOf(lease.createdAt) }))
  }

  /** `type` such as `content` or `snapshots/overlayfs`. */
  async add(lease: string, resource: { id: string; type: string }, options?: CallOptions): Promise<void> {
    await this.channel.unary(method<object, object>('AddResource'), { id: lease, resource }, options)
  }

  /**
   * Runs `work` under a lease of its own, which is deleted at the end. One whose owner died is deleted by `sweep` at
   * the next start, or expires after a day.
   */
  async during<T>(purpose: string, work: (lease: string) => Promise<T>): Promise<T> {
    const id = `${purpose}-${randomUUID()}`
    const expires = new Date(Date.now() + 86_400_000).toISOString()
    await this.create(id, { 'containerd.io/gc.expire': expires, [purposeLabel]: purpose })
    let failed = true
    try {
      const result = await work(id)
      failed = false
      return result
    } finally {
      // What a failure leaves is collected at once; otherwise nothing was left.
      await tolerate(this.delete(id, failed), 'NOT_FOUND', 'UNAVAILABLE')
    }
  }

  /** Deletes what `during` has left behind when the process was killed. To be called while nothing runs. */
  async sweep(): Promise<void> {
    const left = await this.list([`labels."${purposeLabel}"`])
    for (const [index, { id }] of left.entries()) {
      await tolerate(this.delete(id, index === left.length - 1), 'NOT_FOUND')
    }
  }
}
