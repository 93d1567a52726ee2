import type { ContainerInspectResponse, EventMessage, Task } from '@essaim/api-types'
import { EssaimError, internal, isKind, messageOf, zeroTime, type AsyncQueue } from '@essaim/base'
import { taskName } from '../container/names.js'
import { publishedPorts } from '../container/ports.js'
import type { Host } from './host.js'
import { TaskExit, unhealthy, type Found } from './status.js'
import { stopContainer } from './stop.js'

/**
 * Starts the task's container and, where it has a health check, waits until it is healthy. A task is one-shot: a
 * container that ran already is not started again.
 */
export async function start(host: Host, task: Task, signal: AbortSignal): Promise<Found> {
  const events = host.events.follow(task.ID)
  const stopFollowing = (): void => events.close()
  signal.addEventListener('abort', stopFollowing, { once: true })
  try {
    const before = await inspect(host, task)
    if (!hasStarted(before)) await startContainer(host, task)
    const running = await inspect(host, task)
    if (running.State?.Running === true && running.State.Health) await untilHealthy(host, task, running, events)
    signal.throwIfAborted()
    const ports = publishedPorts(task, running.NetworkSettings?.Ports)
    return { container: containerFacts(running), ...(ports !== undefined && { ports }) }
  } finally {
    signal.removeEventListener('abort', stopFollowing)
    events.close()
  }
}

async function startContainer(host: Host, task: Task): Promise<void> {
  try {
    await host.starts.run(() => host.runtime.containers.start(taskName(task)))
  } catch (error) {
    if (isKind(error, 'not-modified')) return
    const message = `starting container failed: ${messageOf(error)}`
    if (error instanceof EssaimError) throw new EssaimError(error.kind, error.code, message, { cause: error })
    throw internal('task.start', message, { cause: error })
  }
}

/** Ends when the container is healthy, throws when it ends first. An unhealthy one is stopped, and has then failed. */
async function untilHealthy(
  host: Host,
  task: Task,
  now: ContainerInspectResponse,
  events: AsyncQueue<EventMessage>,
): Promise<void> {
  if (now.State?.Health?.Status === 'healthy') return
  let reason: string | undefined
  if (now.State?.Health?.Status === 'unhealthy') {
    reason = unhealthy
    await stopContainer(host, task)
  }
  for await (const event of events) {
    switch (event.Action) {
      case 'health_status: healthy':
        return
      case 'health_status: unhealthy':
        reason = unhealthy
        await stopContainer(host, task)
        break
      case 'die': {
        const { State: state } = await inspect(host, task)
        const code = state?.ExitCode ?? 0
        if (code !== 0 || reason !== undefined) throw new TaskExit(code, reason ?? state?.Error)
        return
      }
      case 'destroy':
        throw internal('task.container-destroyed', 'dockerexec: container destroyed')
      default:
    }
  }
}

export function hasStarted({ State: state }: ContainerInspectResponse): boolean {
  return state?.Running === true || (state?.StartedAt !== undefined && state.StartedAt !== zeroTime)
}

export function containerFacts({ Id: id, State: state }: ContainerInspectResponse): NonNullable<Found['container']> {
  return {
    ...(id !== undefined && { ContainerID: id }),
    PID: state?.Pid ?? 0,
    ExitCode: state?.ExitCode ?? 0,
  }
}

export function inspect(host: Host, task: Task): Promise<ContainerInspectResponse> {
  return host.runtime.containers.inspect(taskName(task), { size: false })
}
