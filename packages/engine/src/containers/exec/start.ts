import { mkdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Socket } from 'node:net'
import { tolerate } from '../../containerd/index.js'
import type { ContainerDeps } from '../deps.js'
import { commandText, publish } from '../events.js'
import { Layers } from '../rootfs/layers.js'
import { execFailure } from '../run/failure.js'
import { makeFifos, openReader, openWriter } from '../run/stdin.js'
import { resolveUser } from '../spec/users.js'
import { execProcess } from './process.js'
import type { Exec } from './exec.js'

/** What the process's streams are: FIFOs to read and write, one plain file for both outputs, or nothing. */
export type ExecStreams =
  { kind: 'fifos'; stdin: boolean; stdout: boolean; stderr: boolean } | { kind: 'file' } | { kind: 'none' }

export interface StartedExec {
  stdin?: Socket
  outputs: { stream: 'stdout' | 'stderr'; socket: Socket }[]
  /** Resolves with the exit code. */
  exit: Promise<number>
}

/** The shim takes both outputs or none: one that nobody attached to goes here. */
const unread = '/dev/null'

/** How long output may still come after the exit when something else holds the streams open, as Docker has it. */
const lingering = 2000

/** Starts the process of an exec in its turn; throws `execFailure`'s error, the exec's exit code being set. */
export function startExec(deps: ContainerDeps, exec: Exec, streams: ExecStreams): Promise<StartedExec> {
  return exec.container.execStarts.run(() => startNow(deps, exec, streams))
}

async function startNow(deps: ContainerDeps, exec: Exec, streams: ExecStreams): Promise<StartedExec> {
  const { containerd, paths } = deps
  const { container, request, id } = exec
  const folder = paths.exec(container.id, id)
  const tty = request.Tty === true
  const sockets: Socket[] = []
  try {
    const { stdin, stdout, stderr } = await prepare(folder, streams, tty)
    const user = await userOf(deps, exec)
    const outputs: StartedExec['outputs'] = []
    if (streams.kind === 'fifos') {
      for (const [stream, path] of [
        ['stdout', stdout],
        ['stderr', stderr],
      ] as const) {
        if (path !== '' && path !== unread) outputs.push({ stream, socket: openReader(path) })
      }
      if (stdin !== '') exec.stdin = openWriter(stdin)
      sockets.push(...outputs.map(({ socket }) => socket), ...(exec.stdin ? [exec.stdin] : []))
    }
    const process = execProcess(container.record, request, user)
    const target = { containerId: container.id, execId: id }
    await containerd.tasks.exec({ ...target, stdin, stdout, stderr, terminal: tty, process })
    const exited = containerd.tasks.wait(container.id, id, { signal: deps.closing })
    exited.catch(() => {
      // `exit` below tells.
    })
    const start = (): Promise<number> => containerd.tasks.start(container.id, id)
    exec.pid = await (container.run?.output.unheld(start) ?? start())
    exec.state = 'running'
    publish(deps, container, `exec_start: ${commandText(request.Cmd ?? [])}`, { execID: id })
    const exit = exited.then(
      ({ exitStatus }) => exitStatus,
      () => 137,
    )
    void exit.then((code) => settle(deps, exec, code, outputs))
    return { outputs, exit, ...(exec.stdin && { stdin: exec.stdin }) }
  } catch (error) {
    for (const socket of sockets) socket.destroy()
    const failure = execFailure(error)
    exec.state = 'exited'
    exec.exitCode = 126
    await tolerate(containerd.tasks.deleteProcess(container.id, id), 'NOT_FOUND')
    await rm(folder, { recursive: true, force: true })
    throw failure.error
  }
}

/** Runs as soon as the process has ended: what it wrote may still be on its way. */
function settle(deps: ContainerDeps, exec: Exec, code: number, outputs: StartedExec['outputs']): void {
  const { container, id } = exec
  exec.state = 'exited'
  exec.exitCode = code
  exec.stdin?.destroy()
  publish(deps, container, 'exec_die', { execID: id, exitCode: String(code) })
  setTimeout(() => {
    for (const { socket } of outputs) socket.destroy()
  }, lingering).unref()
  void (async () => {
    await tolerate(deps.containerd.tasks.deleteProcess(container.id, id), 'NOT_FOUND')
    await rm(deps.paths.exec(container.id, id), { recursive: true, force: true })
  })().catch((error: unknown) => deps.logger.debug('cannot remove an exec', { id, error: String(error) }))
}

async function prepare(
  folder: string,
  streams: ExecStreams,
  tty: boolean,
): Promise<{ stdin: string; stdout: string; stderr: string }> {
  if (streams.kind === 'none') return { stdin: '', stdout: '', stderr: '' }
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if (streams.kind === 'file') {
    const output = join(folder, 'output')
    return { stdin: '', stdout: output, stderr: output }
  }
  const path = (name: string, wanted: boolean): string => (wanted ? join(folder, name) : '')
  const stdin = path('stdin', streams.stdin)
  // A terminal has one output, and the shim copies it whether or not anybody asked for it.
  const stdout = path('stdout', streams.stdout || tty)
  const stderr = path('stderr', streams.stderr && !tty)
  await makeFifos([stdin, stdout, stderr].filter((fifo) => fifo !== ''))
  if (stdin === '' && stdout === '' && stderr === '') return { stdin, stdout, stderr }
  return { stdin, stdout: stdout || unread, stderr: stderr || (tty ? '' : unread) }
}

async function userOf(deps: ContainerDeps, { container, request }: Exec): Promise<ReturnType<typeof resolveUser>> {
  const { record } = container
  const layers = new Layers(await deps.containerd.snapshots.mounts(container.id))
  const files = { passwd: layers.read('/etc/passwd'), group: layers.read('/etc/group') }
  return resolveUser(request.User || record.config.User || '', record.host.GroupAdd ?? [], files)
}
