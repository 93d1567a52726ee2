import { conflict, nowNano, notModified } from '@essaim/base'
import { isCode, type Exit } from '../containerd/index.js'
import type { Container } from './container.js'
import type { ContainerDeps } from './deps.js'
import { publish } from './events.js'
import { settleExit } from './exit.js'
import { startHealth } from './health/monitor.js'
import { isAlive, type RunState } from './record.js'
import { removeStopped } from './remove.js'
import { launch } from './run/launch.js'
import { startFailure } from './run/failure.js'
import type { Run } from './run/run.js'
import { withNetworkIds } from './run/sandbox.js'

export async function startContainer(deps: ContainerDeps, ref: string): Promise<void> {
  const container = deps.registry.find(ref)
  await deps.locks.run(container.id, async () => {
    const { state } = container.record
    if (state.status === 'paused') {
      throw conflict('container.paused', 'cannot start a paused container, try unpause instead')
    }
    if (state.status === 'running') throw notModified('container.running', `container ${container.id} is running`)
    container.record.stoppedByUser = false
    container.record.restartCount = 0
    container.restartDelay = 0
    await startLocked(deps, container)
  })
}

/** Under the container's lock: from any state without a process to `running`, or throws and says why in its state. */
export async function startLocked(deps: ContainerDeps, container: Container): Promise<void> {
  const { record } = container
  const { state } = record
  if (state.status === 'removing' || state.status === 'dead' || !deps.registry.get(container.id)) {
    throw conflict('container.removing', 'container is marked for removal and cannot be started')
  }
  if (isAlive(state)) return
  container.cancelRestart?.()
  container.stopping = false
  try {
    const { run, pid, exit } = await deps.starts.run(() => launch(deps, container))
    Object.assign(state, {
      status: 'running',
      pid,
      exitCode: 0,
      error: '',
      oomKilled: false,
      startedAt: nowNano(),
    } satisfies Partial<RunState>)
    record.endpoints = withNetworkIds(record.endpoints, deps.sandboxes.settings(container.id) ?? {})
    // What the first process has done already is settled after this, under the same lock.
    container.began(run)
    watchExit(deps, container, run, exit)
    startHealth(deps, container, run)
    await deps.registry.save(container)
    publish(deps, container, 'start')
  } catch (error) {
    throw await failStart(deps, container, error)
  }
}

async function failStart(deps: ContainerDeps, container: Container, error: unknown): Promise<Error> {
  const { record } = container
  const failure = startFailure(error)
  record.state.exitCode = failure.exitCode
  record.state.error = failure.error.message
  const restarting = record.state.status === 'restarting'
  if (restarting) record.state.status = 'exited'
  await deps.registry.save(container)
  if (record.host.AutoRemove === true) await removeStopped(deps, container, true)
  // Who waited through the restarts learns that they are over; a first start that fails is no exit.
  else if (restarting) container.exited()
  return failure.error
}

/** Settles the exit when it comes. When containerd dies meanwhile, the adoption that follows watches anew. */
export function watchExit(deps: ContainerDeps, container: Container, run: Run, exit: Promise<Exit>): void {
  void exit
    .then((result) => settleExit(deps, container, run, result, (delay) => scheduleRestart(deps, container, delay)))
    .catch((error: unknown) => {
      if (deps.closing.aborted) return
      if (isCode(error, 'UNAVAILABLE', 'CANCELLED', 'UNKNOWN')) return deps.onContainerdLost()
      deps.logger.error('cannot settle the exit of a container', { id: container.id, error: String(error) })
    })
}

/** Starts it again after `delay` milliseconds, unless somebody starts, stops or removes it first. */
export function scheduleRestart(deps: ContainerDeps, container: Container, delay: number): void {
  container.restartDelay = delay
  const cancel = deps.clock.after(delay, () => {
    container.cancelRestart = undefined
    void deps.locks
      .run(container.id, async () => {
        if (container.record.state.status !== 'restarting' || deps.closing.aborted) return
        await startLocked(deps, container)
      })
      .catch((error: unknown) => {
        deps.logger.warn('cannot restart a container', { id: container.id, error: String(error) })
      })
  })
  container.cancelRestart = () => {
    cancel()
    container.cancelRestart = undefined
  }
}
