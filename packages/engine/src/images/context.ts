import type { Logger } from '@essaim/base'
import type { Containerd } from '../containerd/index.js'
import type { EventBus } from '../events/bus.js'
import type { ImageUsers } from './contract.js'
import type { ImageStore } from './store.js'
import type { Unpacker } from './unpack.js'

/** What every operation on images works with. */
export interface ImagesContext {
  containerd: Containerd
  store: ImageStore
  unpacker: Unpacker
  events: EventBus
  users: ImageUsers
  logger: Logger
}
