import { tolerate } from './error.js'
import type { CallOptions, Channel } from './channel.js'
import { methodOf, type Method } from './protocol.js'

const method = <Request, Response>(name: string): Method<Request, Response> =>
  methodOf('containerd.services.namespaces.v1.Namespaces', name)

export class NamespacesService {
  constructor(private readonly channel: Channel) {}

  async ensure(name: string, options?: CallOptions): Promise<void> {
    const call = method<object, object>('Create')
    await tolerate(this.channel.unary(call, { namespace: { name } }, options), 'ALREADY_EXISTS')
  }

  async list(options?: CallOptions): Promise<string[]> {
    const call = method<object, { namespaces: { name: string }[] }>('List')
    return (await this.channel.unary(call, {}, options)).namespaces.map(({ name }) => name)
  }

  /** Throws FAILED_PRECONDITION while the namespace still holds something. */
  async delete(name: string, options?: CallOptions): Promise<void> {
    await this.channel.unary(method<object, object>('Delete'), { name }, options)
  }
}
