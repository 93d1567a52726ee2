import { conflict, notModified, sleep } from '@essaim/base'
import { isCode } from '../containerd/index.js'
import type { Container } from './container.js'
import type { ContainerDeps } from './deps.js'
import { publish } from './events.js'
import { isAlive } from './record.js'
import { thaw } from './run/freezer.js'
import { parseSignal } from './signals.js'

export interface StopOptions {
  signal?: string
  /** Seconds until SIGKILL; negative for never. */
  timeoutSeconds?: number
}

const sigterm = 'SIGTERM'
const sigkill = 9
/** Docker's grace where neither the call nor the container says. */
const defaultTimeout = 10
/** How long a process may take to die of SIGKILL before the caller is told; the exit is settled whenever it comes. */
const killPatience = 30_000

export async function stopContainer(deps: ContainerDeps, ref: string, options: StopOptions): Promise<void> {
  const container = deps.registry.find(ref)
  const { record } = container
  container.stopping = true
  record.stoppedByUser = true
  if (record.state.status === 'restarting') return cancelRestart(deps, container)
  if (!isAlive(record.state)) throw notModified('container.stopped', `container ${container.id} is not running`)
  await stopRunning(deps, container, options)
  await tidied(deps, container)
  publish(deps, container, 'stop')
}

/** The exit's lock is free: network and mounts are gone as well. */
export async function tidied({ locks }: ContainerDeps, { id }: Container): Promise<void> {
  await locks.run(id, () => Promise.resolve())
}

/** The signal, the grace, then SIGKILL; resolves when the exit is settled. */
export async function stopRunning(deps: ContainerDeps, container: Container, options: StopOptions): Promise<void> {
  const { config } = container.record
  const signal = parseSignal(options.signal || config.StopSignal || sigterm)
  const seconds = options.timeoutSeconds ?? config.StopTimeout ?? defaultTimeout
  if (await signalAndWait(deps, container, signal, seconds < 0 ? Infinity : seconds * 1000)) return
  if (await signalAndWait(deps, container, sigkill, killPatience)) return
  throw conflict('container.stop', `Container ${container.id} did not die of SIGKILL`)
}

/** For a forced removal: nothing is asked. */
export async function killAndWait(deps: ContainerDeps, container: Container): Promise<void> {
  container.stopping = true
  if (container.record.state.status === 'restarting') return cancelRestart(deps, container)
  if (await signalAndWait(deps, container, sigkill, killPatience)) return
  throw conflict(
    'container.kill',
    `Could not kill running container ${container.id}, cannot remove - tried to kill container, but did not receive an exit event`,
  )
}

/** True when the exit was settled within `ms`. */
async function signalAndWait(deps: ContainerDeps, container: Container, signal: number, ms: number): Promise<boolean> {
  const done = new AbortController()
  const run = container.run
  const exited = container.onceExited(done.signal).then(
    () => true,
    () => false,
  )
  try {
    if (run === undefined || container.run !== run) return true
    await sendSignal(deps, container, signal)
    const timeout = ms === Infinity ? new Promise<boolean>(() => {}) : sleep(ms, done.signal).then(() => false)
    timeout.catch(() => {
      // The exit came first.
    })
    if (await Promise.race([exited, timeout])) return true
    // It is dead; that much of its output is still to be logged is nobody's failure.
    return run.ended ? await exited : false
  } finally {
    done.abort(new Error('done'))
  }
}

/** To the first process. A paused container is let go on, or it could not die. */
export async function sendSignal(deps: ContainerDeps, container: Container, signal: number): Promise<void> {
  const { containerd } = deps
  try {
    await containerd.tasks.kill({ containerId: container.id, signal })
  } catch (error) {
    // It has ended between the look and the signal.
    if (!isCode(error, 'NOT_FOUND', 'FAILED_PRECONDITION')) throw error
  }
  publish(deps, container, 'kill', { signal: String(signal) })
  // One that waits for its log could not die either.
  if (signal === sigkill) container.run?.output.release()
  else thaw(container.record)
  if (container.record.state.status === 'paused') await letGoOn(deps, container)
}

/** Unless the signal has ended it already, in whatever words the shim says so. */
async function letGoOn({ containerd }: ContainerDeps, { id }: Container): Promise<void> {
  try {
    await containerd.tasks.resume(id)
  } catch (error) {
    const ended = error instanceof Error && /cannot resume|not paused/.test(error.message)
    if (!ended && !isCode(error, 'NOT_FOUND', 'FAILED_PRECONDITION')) throw error
  }
}

async function cancelRestart(deps: ContainerDeps, container: Container): Promise<void> {
  await deps.locks.run(container.id, async () => {
    container.cancelRestart?.()
    if (container.record.state.status !== 'restarting') return
    container.record.state.status = 'exited'
    await deps.registry.save(container)
  })
}
