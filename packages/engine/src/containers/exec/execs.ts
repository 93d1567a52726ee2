import { conflict, notFound } from '@essaim/base'
import type { ExecCreateRequest, ProcessConfig, StreamSession } from '@essaim/api-types'
import { tolerate } from '../../containerd/index.js'
import { parseDetachKeys } from '../attach/detach.js'
import { StdinPipe } from '../attach/stdin.js'
import type { Container } from '../container.js'
import type { ContainerDeps } from '../deps.js'
import { commandText, publish } from '../events.js'
import type { Exec } from './exec.js'
import { mergeOutput } from './session.js'
import { startExec } from './start.js'

/** How many execs that have ended are remembered for inspect. */
const remembered = 1000

export interface ExecInspection {
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

/** Further processes in containers that run. */
export class Execs {
  readonly #execs = new Map<string, Exec>()

  constructor(private readonly deps: ContainerDeps) {}

  async create(ref: string, request: ExecCreateRequest): Promise<{ Id: string }> {
    const container = this.deps.registry.find(ref)
    runningOnly(container, ref)
    if (!request.Cmd?.length) throw conflict('exec.command', 'No exec command specified')
    parseDetachKeys(request.DetachKeys)
    const id = this.deps.ids.hex64()
    this.#forgetOld()
    this.#execs.set(id, { id, container, request, state: 'created', pid: 0, exitCode: null })
    container.execs.add(id)
    publish(this.deps, container, `exec_create: ${commandText(request.Cmd)}`, { execID: id })
    return { Id: id }
  }

  async start(
    id: string,
    options: { detach: boolean; tty: boolean; consoleSize?: [height: number, width: number] },
    signal: AbortSignal,
  ): Promise<StreamSession | undefined> {
    const exec = this.#find(id)
    if (exec.state === 'running') throw conflict('exec.running', `Error: Exec command ${id} is already running`)
    if (exec.state === 'exited') throw conflict('exec.ended', `Error: Exec command ${id} has already run`)
    runningOnly(exec.container, exec.container.id)
    if (options.consoleSize) exec.request = { ...exec.request, ConsoleSize: options.consoleSize }
    exec.state = 'running'
    if (options.detach) {
      await startExec(this.deps, exec, { kind: 'none' })
      return undefined
    }
    return this.#attached(exec, signal)
  }

  async resize(id: string, { height, width }: { height: number; width: number }): Promise<void> {
    const exec = this.#find(id)
    if (exec.state !== 'running') throw conflict('exec.not-running', `Exec ${id} is not running`)
    const target = { containerId: exec.container.id, execId: id, height, width }
    await tolerate(this.deps.containerd.tasks.resizePty(target), 'NOT_FOUND', 'FAILED_PRECONDITION')
  }

  async inspect(id: string): Promise<ExecInspection> {
    const { container, request, state, exitCode, pid } = this.#find(id)
    const [entrypoint = '', ...rest] = request.Cmd ?? []
    return {
      ID: id,
      Running: state === 'running',
      ExitCode: exitCode,
      ProcessConfig: {
        tty: request.Tty === true,
        entrypoint,
        arguments: rest,
        privileged: request.Privileged === true,
        ...(request.User && { user: request.User }),
      },
      OpenStdin: request.AttachStdin === true,
      OpenStderr: request.AttachStderr === true,
      OpenStdout: request.AttachStdout === true,
      CanRemove: false,
      ContainerID: container.id,
      DetachKeys: request.DetachKeys ?? '',
      Pid: pid,
    }
  }

  async #attached(exec: Exec, signal: AbortSignal): Promise<StreamSession> {
    const { request } = exec
    const tty = request.Tty === true
    const started = await startExec(this.deps, exec, {
      kind: 'fifos',
      stdin: request.AttachStdin === true,
      stdout: request.AttachStdout === true,
      stderr: request.AttachStderr === true,
    })
    const detached = new AbortController()
    const output = mergeOutput(started.outputs, started.exit, AbortSignal.any([signal, detached.signal]))
    if (!started.stdin) return { tty, output }
    const stdin = new StdinPipe({
      open: () => Promise.resolve(started.stdin),
      close: () => this.#closeStdin(exec),
      ...(tty && { detachKeys: parseDetachKeys(request.DetachKeys) }),
      onDetach: () => detached.abort(),
    })
    return { tty, output, stdin }
  }

  async #closeStdin({ container, id }: Exec): Promise<void> {
    await tolerate(this.deps.containerd.tasks.closeIO(container.id, id), 'NOT_FOUND', 'FAILED_PRECONDITION')
  }

  #find(id: string): Exec {
    const exec = this.#execs.get(id)
    if (!exec) throw notFound('exec.not-found', `No such exec instance: ${id}`)
    return exec
  }

  #forgetOld(): void {
    for (const [id, exec] of this.#execs) {
      if (this.#execs.size < remembered) return
      if (exec.state === 'running') continue
      exec.container.execs.delete(id)
      this.#execs.delete(id)
    }
  }
}

function runningOnly({ record, id }: Container, ref: string): void {
  switch (record.state.status) {
    case 'running':
      return
    case 'paused':
      throw conflict('container.paused', `Container ${ref} is paused, unpause the container before exec`)
    case 'restarting':
      throw conflict('container.restarting', `Container ${ref} is restarting, wait until the container is running`)
    case 'created':
    case 'exited':
    case 'dead':
    case 'removing':
      throw conflict('container.not-running', `Container ${id} is not running`)
  }
}
