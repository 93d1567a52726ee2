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
   * Runs `work` under a lease of its own. The lease is deleted at the end; one whose owner died expires by itself
   * after a day, or is deleted by the next start of the daemon.
   */
  async during<T>(purpose: string, work: (lease: string) => Promise<T>): Promise<T> {
    const id = `${purpose}-${randomUUID()}`
    await this.create(id, { 'containerd.io/gc.expire': new Date(Date.now() + 86_400_000).toISOString() })
    try {
      return await work(id)
    } finally {
      await tolerate(this.delete(id), 'NOT_FOUND', 'UNAVAILABLE')
    }
  }
}
