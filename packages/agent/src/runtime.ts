import type {
  ContainerCreateRequest,
  ContainerCreateResponse,
  ContainerInspectResponse,
  ContainerSummary,
  ContainerTopResponse,
  ContainerWaitResponse,
  EventMessage,
  ExecCreateRequest,
  FilesystemChange,
  Filters,
  ImageInspect,
  LogsOptions,
  LogStream,
  ProgressMessage,
  PullOptions,
  StreamSession,
  SystemInfo,
  WaitCondition,
} from '@essaim/api-types'
import type { NetworkState } from '@essaim/protocol'

/** What an agent needs of the engine of its host; the engine's own operations satisfy it. `ref` is a name or an id. */
export interface Runtime {
  containers: {
    /** `files`: of the host, seen read-only in the container, which is not said to have them mounted. */
    create(
      request: ContainerCreateRequest,
      options: { name?: string; files?: readonly { source: string; target: string }[] },
    ): Promise<ContainerCreateResponse>
    start(ref: string): Promise<void>
    stop(ref: string, options: { signal?: string; timeoutSeconds?: number }): Promise<void>
    remove(ref: string, options: { force: boolean; volumes: boolean; link: boolean }): Promise<void>
    inspect(ref: string, options: { size: boolean }): Promise<ContainerInspectResponse>
    list(options: { all: boolean; size: boolean; filters: Filters }): Promise<ContainerSummary[]>
    wait(
      ref: string,
      condition: WaitCondition,
      signal: AbortSignal,
    ): Promise<{ result: Promise<ContainerWaitResponse> }>
    logs(ref: string, options: LogsOptions, signal: AbortSignal): Promise<LogStream>
    top(ref: string, psArgs: string): Promise<ContainerTopResponse>
    changes(ref: string): Promise<FilesystemChange[]>
  }
  exec: {
    create(ref: string, request: ExecCreateRequest): Promise<{ Id: string }>
    start(
      id: string,
      options: { detach: boolean; tty: boolean; consoleSize?: [height: number, width: number] },
      signal: AbortSignal,
    ): Promise<StreamSession | undefined>
    resize(id: string, size: { height: number; width: number }): Promise<void>
    inspect(id: string): Promise<unknown>
  }
  images: {
    inspect(ref: string): Promise<ImageInspect>
    pull(options: PullOptions, signal: AbortSignal): Promise<AsyncIterable<ProgressMessage>>
  }
  events: { subscribe(signal: AbortSignal): AsyncIterable<EventMessage> }
  system: { info(): Promise<SystemInfo> }
  clusterNetworks: {
    /** `self`: this node, as the states name it; its data path address. */
    apply(states: NetworkState[], self: { nodeId: string; address: string }): Promise<void>
    remove(networkId: string): Promise<void>
    list(): string[]
    drain(taskId: string): Promise<void>
  }
}
