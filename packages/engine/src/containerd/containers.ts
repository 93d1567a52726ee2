import type { Any } from './any.js'
import type { CallOptions, Channel } from './channel.js'
import { methodOf, type Method } from './protocol.js'
import { timeOf, type Timestamp } from './time.js'

export interface NewContainer {
  id: string
  labels?: Record<string, string>
  image?: string
  runtime: { name: string; options?: Any }
  /** Of `ociSpec`. */
  spec: Any
  snapshotter: string
  snapshotKey: string
}

export interface ContainerRecord {
  id: string
  labels: Record<string, string>
  image: string
  runtime: { name: string; options: Any | null }
  spec: Any
  snapshotter: string
  snapshotKey: string
  /** RFC 3339. */
  createdAt: string
}

type Wire = Omit<ContainerRecord, 'createdAt'> & { createdAt: Timestamp | null }
type Answer = { container: Wire }

const method = <Request, Response>(name: string): Method<Request, Response> =>
  methodOf('containerd.services.containers.v1.Containers', name)

/** containerd's records of containers: what would run, and on which snapshot. */
export class ContainersService {
  constructor(private readonly channel: Channel) {}

  async get(id: string, options?: CallOptions): Promise<ContainerRecord> {
    return fromWire((await this.channel.unary(method<object, Answer>('Get'), { id }, options)).container)
  }

  /** `filters` in containerd's language, such as `labels."a"==b`; any may match. */
  async list(filters: string[] = [], options?: CallOptions): Promise<ContainerRecord[]> {
    const answer = await this.channel.unary(method<object, { containers: Wire[] }>('List'), { filters }, options)
    return answer.containers.map(fromWire)
  }

  async create(container: NewContainer, options?: CallOptions): Promise<ContainerRecord> {
    return fromWire((await this.channel.unary(method<object, Answer>('Create'), { container }, options)).container)
  }

  /** Replaces the fields that `paths` names, in protobuf's spelling (`spec`, `labels.x`). */
  async update(
    container: Partial<NewContainer> & { id: string },
    paths: string[],
    options?: CallOptions,
  ): Promise<ContainerRecord> {
    const request = { container, updateMask: { paths } }
    return fromWire((await this.channel.unary(method<object, Answer>('Update'), request, options)).container)
  }

  async delete(id: string, options?: CallOptions): Promise<void> {
    await this.channel.unary(method<object, object>('Delete'), { id }, options)
  }
}

const fromWire = (wire: Wire): ContainerRecord => ({ ...wire, createdAt: timeOf(wire.createdAt) })
