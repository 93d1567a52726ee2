import type { CallOptions, Channel } from './channel.js'
import { methodOf, type Method } from './protocol.js'
import type { Descriptor, Mount } from './types.js'

const method = <Request, Response>(name: string): Method<Request, Response> =>
  methodOf('containerd.services.diff.v1.Diff', name)

export class DiffService {
  constructor(private readonly channel: Channel) {}

  /** Unpacks the layer into the mounts; answers the descriptor of the uncompressed tar (its digest is the diff id). */
  async apply(diff: Descriptor, mounts: Mount[], options?: CallOptions): Promise<Descriptor> {
    const call = method<object, { applied: Descriptor }>('Apply')
    return (await this.channel.unary(call, { diff, mounts }, options)).applied
  }

  /** Writes what `right` has other than `left` as a layer into the content store. */
  async diff(
    request: { left: Mount[]; right: Mount[]; mediaType: string; ref: string; labels?: Record<string, string> },
    options?: CallOptions,
  ): Promise<Descriptor> {
    return (await this.channel.unary(method<object, { diff: Descriptor }>('Diff'), request, options)).diff
  }
}
