/** A volume as its driver knows it. */
export interface DriverVolume {
  name: string
  /** Empty where it is not mounted. */
  mountpoint: string
  /** RFC 3339, where the driver says it. */
  createdAt?: string
  /** Whatever the driver tells of it. */
  status?: Record<string, unknown>
}

/** Whoever makes volumes and brings them to the host. Every call may be made again. */
export interface VolumeDriver {
  readonly name: string
  scope(): Promise<'local' | 'global'>
  create(name: string, options: Record<string, string>): Promise<void>
  remove(name: string): Promise<void>
  /** Undefined for none. */
  get(name: string): Promise<DriverVolume | undefined>
  list(): Promise<DriverVolume[]>
  /** Answers where on the host it is. `user` is who mounts it, and stays the same for its unmount. */
  mount(name: string, user: string, options: Record<string, string>): Promise<string>
  /** `last`: nobody else has it. */
  unmount(name: string, user: string, options: Record<string, string>, last: boolean): Promise<void>
}
