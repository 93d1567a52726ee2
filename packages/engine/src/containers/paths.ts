import { join } from 'node:path'

/** Where a container's files lie: its folder under the data root, and what dies with the host under the exec root. */
export class ContainerPaths {
  constructor(
    private readonly dataRoot: string,
    private readonly execRoot: string,
  ) {}

  get all(): string {
    return join(this.dataRoot, 'containers')
  }

  folder(id: string): string {
    return join(this.all, id)
  }

  log(id: string): string {
    return join(this.folder(id), `${id}-json.log`)
  }

  /** Raw output of the process that runs, until it is logged. */
  spool(id: string, stream: 'stdout' | 'stderr'): string {
    return join(this.folder(id), `${stream}.spool`)
  }

  /** Files of one exec. */
  exec(id: string, execId: string): string {
    return join(this.folder(id), 'execs', execId)
  }

  stdin(id: string): string {
    return join(this.folder(id), 'stdin')
  }

  /** A tmpfs for /dev/shm that other containers may share. */
  shm(id: string): string {
    return join(this.folder(id), 'shm')
  }

  /** Mount points for work on the filesystem of containers that do not run. */
  get mounts(): string {
    return join(this.execRoot, 'mounts')
  }

  get runcRoot(): string {
    return join(this.execRoot, 'runc')
  }
}
