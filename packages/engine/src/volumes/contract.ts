import type { Volume, VolumeCreateOptions } from '@essaim/api-types'

/** How a container mounts a volume: for the event alone. */
export interface VolumeMount {
  destination: string
  readOnly: boolean
}

/** Volumes as containers use them. */
export interface VolumeUse {
  /** Finds or creates; `name` undefined for an anonymous one (64 hex digits). */
  ensure(request: VolumeCreateOptions): Promise<Volume>
  /** Mounts it where the driver needs that, and answers the path on the host. Counted per container. */
  mount(name: string, containerId: string, mount?: VolumeMount): Promise<string>
  /** Gives back all that the container had mounted. */
  unmount(containerId: string): Promise<void>
}

/** Who uses a volume: the containers tell, the volumes ask before they remove. */
export interface VolumeUsers {
  containersOf(volume: string): string[]
}
