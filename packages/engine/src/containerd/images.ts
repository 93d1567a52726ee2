import type { CallOptions, Channel } from './channel.js'
import { methodOf, type Method } from './protocol.js'
import { timeOf, type Timestamp } from './time.js'
import type { Descriptor } from './types.js'

/** A name that points to a manifest: one of the roots that keep content alive. */
export interface ImageRecord {
  name: string
  labels: Record<string, string>
  target: Descriptor
  /** RFC 3339. */
  createdAt: string
  updatedAt: string
}

type Wire = Omit<ImageRecord, 'createdAt' | 'updatedAt'> & { createdAt: Timestamp | null; updatedAt: Timestamp | null }
type NewImage = Pick<ImageRecord, 'name' | 'target'> & { labels?: Record<string, string> }

const method = <Request, Response>(name: string): Method<Request, Response> =>
  methodOf('containerd.services.images.v1.Images', name)

export class ImagesService {
  constructor(private readonly channel: Channel) {}

  async get(name: string, options?: CallOptions): Promise<ImageRecord> {
    return fromWire((await this.channel.unary(method<object, { image: Wire }>('Get'), { name }, options)).image)
  }

  async list(filters: string[] = [], options?: CallOptions): Promise<ImageRecord[]> {
    const answer = await this.channel.unary(method<object, { images: Wire[] }>('List'), { filters }, options)
    return answer.images.map(fromWire)
  }

  async create(image: NewImage, options?: CallOptions): Promise<ImageRecord> {
    return fromWire((await this.channel.unary(method<object, { image: Wire }>('Create'), { image }, options)).image)
  }

  /** Points an existing name elsewhere; with `paths`, only those fields are written. */
  async update(image: NewImage, paths: string[] = [], options?: CallOptions): Promise<ImageRecord> {
    const request = { image, ...(paths.length > 0 && { updateMask: { paths } }) }
    return fromWire((await this.channel.unary(method<object, { image: Wire }>('Update'), request, options)).image)
  }

  /** `sync` returns when the garbage collection that it causes is done. */
  async delete(name: string, sync = false, options?: CallOptions): Promise<void> {
    await this.channel.unary(method<object, object>('Delete'), { name, sync }, options)
  }
}

const fromWire = (wire: Wire): ImageRecord => ({
  ...wire,
  createdAt: timeOf(wire.createdAt),
  updatedAt: timeOf(wire.updatedAt),
})
