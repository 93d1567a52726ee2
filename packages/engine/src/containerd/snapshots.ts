import type { CallOptions, Channel } from './channel.js'
import { methodOf, type Method } from './protocol.js'
import { timeOf, type Timestamp } from './time.js'
import type { Mount } from './types.js'

export interface Snapshot {
  name: string
  parent: string
  kind: 'UNKNOWN' | 'VIEW' | 'ACTIVE' | 'COMMITTED'
  labels: Record<string, string>
  /** RFC 3339. */
  createdAt: string
}

type Wire = Omit<Snapshot, 'createdAt'> & { createdAt: Timestamp | null }
type Mounts = { mounts: Mount[] }

const method = <Request, Response>(name: string): Method<Request, Response> =>
  methodOf('containerd.services.snapshots.v1.Snapshots', name)

/** The snapshots of one snapshotter. */
export class SnapshotsService {
  constructor(
    private readonly channel: Channel,
    readonly snapshotter: string,
  ) {}

  /** A writable one upon `parent` (`''` for nothing); throws ALREADY_EXISTS when `key` is taken. */
  async prepare(
    key: string,
    parent: string,
    labels: Record<string, string> = {},
    options?: CallOptions,
  ): Promise<Mount[]> {
    return (await this.channel.unary(method<object, Mounts>('Prepare'), this.#of({ key, parent, labels }), options))
      .mounts
  }

  /** A read-only one. */
  async view(
    key: string,
    parent: string,
    labels: Record<string, string> = {},
    options?: CallOptions,
  ): Promise<Mount[]> {
    return (await this.channel.unary(method<object, Mounts>('View'), this.#of({ key, parent, labels }), options)).mounts
  }

  async mounts(key: string, options?: CallOptions): Promise<Mount[]> {
    return (await this.channel.unary(method<object, Mounts>('Mounts'), this.#of({ key }), options)).mounts
  }

  /** Makes `key` the committed, read-only snapshot `name`. */
  async commit(name: string, key: string, labels: Record<string, string> = {}, options?: CallOptions): Promise<void> {
    await this.channel.unary(method<object, object>('Commit'), this.#of({ name, key, labels }), options)
  }

  async stat(key: string, options?: CallOptions): Promise<Snapshot> {
    return fromWire((await this.channel.unary(method<object, { info: Wire }>('Stat'), this.#of({ key }), options)).info)
  }

  /** Sets the labels given, and leaves others. */
  async label(name: string, labels: Record<string, string>, options?: CallOptions): Promise<void> {
    const paths = Object.keys(labels).map((label) => `labels.${label}`)
    const request = this.#of({ info: { name, labels }, updateMask: { paths } })
    await this.channel.unary(method<object, object>('Update'), request, options)
  }

  async remove(key: string, options?: CallOptions): Promise<void> {
    await this.channel.unary(method<object, object>('Remove'), this.#of({ key }), options)
  }

  async list(filters: string[] = [], options?: CallOptions): Promise<Snapshot[]> {
    const found: Snapshot[] = []
    const call = method<object, { info: Wire[] }>('List')
    for await (const { info } of this.channel.stream(call, this.#of({ filters }), options))
      found.push(...info.map(fromWire))
    return found
  }

  /** Bytes and inodes of this layer alone. */
  async usage(key: string, options?: CallOptions): Promise<{ size: number; inodes: number }> {
    const call = method<object, { size: number; inodes: number }>('Usage')
    return await this.channel.unary(call, this.#of({ key }), options)
  }

  #of(request: object): object {
    return { snapshotter: this.snapshotter, ...request }
  }
}

const fromWire = (wire: Wire): Snapshot => ({ ...wire, createdAt: timeOf(wire.createdAt) })
