import type {
  AttachOptions,
  ContainerCreateRequest,
  ContainerCreateResponse,
  ContainerInspectResponse,
  ContainerStatsResponse,
  ContainerSummary,
  ContainerTopResponse,
  ContainerUpdateRequest,
  ContainerUpdateResponse,
  ContainerWaitResponse,
  FilesystemChange,
  Filters,
  LogsOptions,
  LogStream,
  StreamSession,
  WaitCondition,
} from '@essaim/api-types'
import type { Readable } from 'node:stream'

/** `ref` is a name, an id or a prefix of one. Errors carry Docker's messages. */
export interface ContainersBackend {
  create(
    request: ContainerCreateRequest,
    options: { name?: string; platform?: string },
  ): Promise<ContainerCreateResponse>
  list(options: { all: boolean; limit?: number; size: boolean; filters: Filters }): Promise<ContainerSummary[]>
  inspect(ref: string, options: { size: boolean }): Promise<ContainerInspectResponse>
  /** Throws `not-modified` when it runs already. */
  start(ref: string): Promise<void>
  stop(ref: string, options: { signal?: string; timeoutSeconds?: number }): Promise<void>
  restart(ref: string, options: { signal?: string; timeoutSeconds?: number }): Promise<void>
  kill(ref: string, signal: string): Promise<void>
  pause(ref: string): Promise<void>
  unpause(ref: string): Promise<void>
  rename(ref: string, name: string): Promise<void>
  update(ref: string, request: ContainerUpdateRequest): Promise<ContainerUpdateResponse>
  /** Resolves once the wait is registered (the HTTP head is sent then); `result` settles when the condition is met. */
  wait(ref: string, condition: WaitCondition, signal: AbortSignal): Promise<{ result: Promise<ContainerWaitResponse> }>
  remove(ref: string, options: { force: boolean; volumes: boolean; link: boolean }): Promise<void>
  prune(filters: Filters): Promise<{ ContainersDeleted: string[]; SpaceReclaimed: number }>
  logs(ref: string, options: LogsOptions, signal: AbortSignal): Promise<LogStream>
  attach(ref: string, options: AttachOptions, signal: AbortSignal): Promise<StreamSession>
  resize(ref: string, size: { height: number; width: number }): Promise<void>
  top(ref: string, psArgs: string): Promise<ContainerTopResponse>
  changes(ref: string): Promise<FilesystemChange[]>
  stats(
    ref: string,
    options: { stream: boolean; oneShot: boolean },
    signal: AbortSignal,
  ): Promise<AsyncIterable<ContainerStatsResponse>>
  exportTar(ref: string, signal: AbortSignal): Promise<Readable>
  statPath(ref: string, path: string): Promise<PathStat>
  getArchive(ref: string, path: string, signal: AbortSignal): Promise<{ stat: PathStat; tar: Readable }>
  putArchive(
    ref: string,
    path: string,
    tar: Readable,
    options: { noOverwriteDirNonDir: boolean; copyUidGid: boolean },
  ): Promise<void>
}

/** The X-Docker-Container-Path-Stat header, before encoding. `mode` is Go's os.FileMode. */
export interface PathStat {
  name: string
  size: number
  mode: number
  mtime: string
  linkTarget: string
}
