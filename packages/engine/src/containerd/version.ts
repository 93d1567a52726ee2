import type { CallOptions, Channel } from './channel.js'
import { methodOf } from './protocol.js'

export class VersionService {
  constructor(private readonly channel: Channel) {}

  async get(options?: CallOptions): Promise<{ version: string; revision: string }> {
    const call = methodOf<object, { version: string; revision: string }>(
      'containerd.services.version.v1.Version',
      'Version',
    )
    return await this.channel.unary(call, {}, options)
  }
}
