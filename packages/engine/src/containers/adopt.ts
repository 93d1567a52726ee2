import { rm } from 'node:fs/promises'
import { messageOf, nowNano, sleep, zeroTime } from '@essaim/base'
import { isCode, type Exit, type TaskProcess } from '../containerd/index.js'
import type { Container } from './container.js'
import type { ContainerDeps } from './deps.js'
import { startHealth } from './health/monitor.js'
import { isAlive } from './record.js'
import { removeStopped } from './remove.js'
import { clearTask } from './run/clear.js'
import { parentOf } from './run/delivered.js'
import { thaw } from './run/freezer.js'
import { lostLines } from './run/lost-lines.js'
import { RunOutput } from './run/output.js'
import { Run } from './run/run.js'
import { openWriter } from './run/stdin.js'
import { scheduleRestart, startLocked, watchExit } from './start.js'

/** Docker's exit code of a container whose end nobody saw, such as one of a host that lost power. */
const unknownExit = 255

/**
 * Brings records and what containerd has into line: containers that run are watched again, those that ended meanwhile are
 * settled, what was half done is finished. Called at the start, and whenever containerd comes back.
 */
export async function adoptContainers(deps: ContainerDeps): Promise<void> {
  const tasks = new Map((await deps.containerd.tasks.list()).map((task) => [task.containerId, task]))
  await Promise.all(
    deps.registry.all().map(async (container) => {
      try {
        await deps.locks.run(container.id, () => adopt(deps, container, tasks.get(container.id)))
      } catch (error) {
        deps.logger.error('cannot adopt a container', { id: container.id, error: messageOf(error) })
      }
    }),
  )
}

/** The container's own process runs, not only what prepares it. */
export function hasProcess({ status }: TaskProcess): boolean {
  return status === 'RUNNING' || status === 'PAUSED' || status === 'PAUSING'
}

/** Under the container's lock. */
async function adopt(deps: ContainerDeps, container: Container, task: TaskProcess | undefined): Promise<void> {
  const { record } = container
  if (!deps.registry.get(container.id)) return
  if (record.state.status === 'removing') return removeStopped(deps, container, record.host.AutoRemove === true)
  const runs = task !== undefined && hasProcess(task)
  if (task && (runs || (task.status === 'STOPPED' && isAlive(record.state)))) return resume(deps, container, task)
  if (task) {
    // A start that a kill interrupted before the process ran, or an end that was settled but for this.
    await clearTask(deps.containerd, container.id)
  }
  if (isAlive(record.state)) lost(deps, container)
  else if (record.state.status === 'restarting') scheduleRestart(deps, container, 0)
}

/** The process runs, or has an exit code to tell. */
async function resume(deps: ContainerDeps, container: Container, task: TaskProcess): Promise<void> {
  const { containerd, paths, registry } = deps
  const { record, id } = container
  const { state } = record
  if (!isAlive(state)) {
    // Started, but killed before it could be written down.
    Object.assign(state, { status: 'running', error: '', startedAt: nowNano() })
  }
  state.pid = task.pid
  if (state.status === 'running' && task.status === 'PAUSED') await containerd.tasks.resume(id)
  const run = container.run ?? adoptRun(deps, container)
  run.shim ??= hasProcess(task) ? parentOf(task.pid) : undefined
  await rm(paths.exec(id, ''), { recursive: true, force: true })
  await registry.save(container)
  watchExit(deps, container, run, containerd.tasks.wait(id, undefined, { signal: deps.closing }))
}

function adoptRun(deps: ContainerDeps, container: Container): Run {
  const { record, id } = container
  const stdin = record.config.OpenStdin === true ? openWriter(deps.paths.stdin(id)) : undefined
  const run = new Run(RunOutput.adopt(deps.paths, record, lostLines(deps, id)), stdin)
  // A former daemon may have stopped it to keep up with its output.
  thaw(record)
  container.began(run)
  startHealth(deps, container, run, true)
  return run
}

/** Unless it was written down nobody can tell how it ended: the host was down. Settled once the lock is free. */
function lost(deps: ContainerDeps, container: Container): void {
  const run = container.run ?? adoptRun(deps, container)
  const exit: Exit = container.record.exit ?? { exitStatus: unknownExit, exitedAt: nowNano() }
  watchExit(deps, container, run, Promise.resolve(exit))
}

/** Policy `always` starts at the daemon's start even what a user had stopped, as Docker's does. */
export async function applyAlways(deps: ContainerDeps): Promise<void> {
  await Promise.all(
    deps.registry.all().map(async (container) => {
      const { host, state } = container.record
      if (host.RestartPolicy?.Name !== 'always' || state.status !== 'exited' || state.startedAt === zeroTime) return
      try {
        await deps.locks.run(container.id, () => startLocked(deps, container))
      } catch (error) {
        deps.logger.warn('cannot start a container', { id: container.id, error: messageOf(error) })
      }
    }),
  )
}

/** Once containerd answers again: adopts anew. For waits that ended because it died. */
export async function readopt(deps: ContainerDeps): Promise<void> {
  for (let pause = 50; !deps.closing.aborted; pause = Math.min(pause * 2, 2000)) {
    await sleep(pause, deps.closing)
    try {
      return await adoptContainers(deps)
    } catch (error) {
      if (!isCode(error, 'UNAVAILABLE', 'CANCELLED', 'UNKNOWN')) throw error
    }
  }
}
