import type { ExecCreateRequest, ProcessConfig, StreamSession } from '@essaim/api-types'

export interface ExecInspect {
  ID: string
  ContainerID: string
  Running: boolean
  ExitCode: number | null
  Pid: number
  ProcessConfig: ProcessConfig
  OpenStdin: boolean
  OpenStdout: boolean
  OpenStderr: boolean
  CanRemove: boolean
  DetachKeys: string
}

export interface ExecBackend {
  create(container: string, request: ExecCreateRequest): Promise<{ Id: string }>
  /** Framing follows `Tty` of the start request. Detached: resolves when started, without a session. */
  start(
    id: string,
    options: { detach: boolean; tty: boolean; consoleSize?: [height: number, width: number] },
    signal: AbortSignal,
  ): Promise<StreamSession | undefined>
  resize(id: string, size: { height: number; width: number }): Promise<void>
  inspect(id: string): Promise<ExecInspect>
}
