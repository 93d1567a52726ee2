import type { Clock, Gate, Ids, KeyedLock, Logger } from '@essaim/base'
import type { Containerd } from '../containerd/index.js'
import type { EventBus } from '../events/bus.js'
import type { ImageLookup } from '../images/contract.js'
import type { LogDefaults } from '../logs/defaults.js'
import type { Sandboxes } from '../networks/contract.js'
import type { VolumeUse } from '../volumes/contract.js'
import type { ContainerPaths } from './paths.js'
import type { Registry } from './registry.js'

/** What the verbs on containers work with. */
export interface ContainerDeps {
  containerd: Containerd
  images: ImageLookup
  volumes: VolumeUse & { remove(name: string, options: { force: boolean }): Promise<void> }
  sandboxes: Sandboxes
  registry: Registry
  events: EventBus
  paths: ContainerPaths
  /** Of containers that name no log driver. */
  logDefaults: LogDefaults
  logger: Logger
  clock: Clock
  ids: Ids
  /** One operation at a time per container. */
  locks: KeyedLock
  /** At most 2 starts a core at a time: they are bound by the processor. */
  starts: Gate
  /** containerd has gone while something waited for it: what runs is to be adopted again once it is back. */
  onContainerdLost: () => void
  /** Ends when the engine closes. */
  closing: AbortSignal
}
