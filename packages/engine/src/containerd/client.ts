import { join } from 'node:path'
import { Channel } from './channel.js'
import { ContainersService } from './containers.js'
import { ContentService } from './content.js'
import { DiffService } from './diff.js'
import { EventsService } from './events.js'
import { ImagesService } from './images.js'
import { LeasesService } from './leases.js'
import { NamespacesService } from './namespaces.js'
import { SnapshotsService } from './snapshots.js'
import { TasksService } from './tasks.js'
import { VersionService } from './version.js'

export interface ContainerdOptions {
  /** The path of containerd's socket. */
  address: string
  /** containerd's namespace: everything made through this client is in it and nothing else is seen. */
  namespace?: string
  snapshotter?: string
  /** The folder of containerd's state. */
  state?: string
}

/** containerd's services, one field each. */
export class Containerd {
  readonly namespace: string
  readonly snapshotter: string
  readonly containers: ContainersService
  readonly tasks: TasksService
  readonly snapshots: SnapshotsService
  readonly content: ContentService
  readonly images: ImagesService
  readonly leases: LeasesService
  readonly diff: DiffService
  readonly events: EventsService
  readonly namespaces: NamespacesService
  readonly version: VersionService
  readonly #channel: Channel
  readonly #state: string

  constructor({
    address,
    namespace = 'essaim',
    snapshotter = 'overlayfs',
    state = '/run/containerd',
  }: ContainerdOptions) {
    this.namespace = namespace
    this.snapshotter = snapshotter
    this.#state = state
    this.#channel = new Channel(address, namespace)
    this.containers = new ContainersService(this.#channel)
    this.tasks = new TasksService(this.#channel)
    this.snapshots = new SnapshotsService(this.#channel, snapshotter)
    this.content = new ContentService(this.#channel)
    this.images = new ImagesService(this.#channel)
    this.leases = new LeasesService(this.#channel)
    this.diff = new DiffService(this.#channel)
    this.events = new EventsService(this.#channel)
    this.namespaces = new NamespacesService(this.#channel)
    this.version = new VersionService(this.#channel)
  }

  /** The snapshotter in Docker's words. */
  get storageDriver(): string {
    return this.snapshotter === 'overlayfs' ? 'overlay2' : this.snapshotter
  }

  /** Where the whole file tree of a container is seen while it runs. */
  rootfsOf(containerId: string): string {
    return join(this.#state, 'io.containerd.runtime.v2.task', this.namespace, containerId, 'rootfs')
  }

  get address(): string {
    return this.#channel.address
  }

  close(): void {
    this.#channel.close()
  }
}
