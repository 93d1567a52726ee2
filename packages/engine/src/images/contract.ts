import type { ImageConfig } from '@essaim/api-types'

/** An image as containers see it. */
export interface Image {
  /** `sha256:` and the digest of its configuration blob: what Docker calls the image's id. */
  id: string
  /** The chain id of its top layer: the parent of a container's writable snapshot; empty for an image without layers. */
  chainId: string
  config: ImageConfig
  os: string
  architecture: string
}

export interface ImageLookup {
  /** By name (`latest` when no tag is given), digest, id or id prefix. Throws `No such image: REF`. */
  resolve(ref: string): Promise<Image>
}

/** Whether something holds an image: the containers tell, the images ask before they remove. */
export interface ImageUsers {
  containersOf(imageId: string): { id: string; running: boolean }[]
}

/** A container, as far as an image is made of it. */
export interface Committable {
  id: string
  /** Of its writable snapshot. */
  snapshotKey: string
  imageId: string
  /** What the new image inherits: the container's configuration, with what its image gave it. */
  config: ImageConfig
  /** Path and arguments of its first process, for the history. */
  command: string[]
  /** Of its events. */
  attributes: Record<string, string>
  /** Runs `work` while the container is paused, if it runs at all. */
  paused<T>(work: () => Promise<T>): Promise<T>
}

export interface CommitSource {
  /** Throws `No such container: REF`. */
  forCommit(ref: string): Promise<Committable>
}
