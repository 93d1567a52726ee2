import type { Task } from '@essaim/api-types'
import { taskName } from '../container/names.js'
import type { Host } from './host.js'
import { containerFacts, inspect } from './start.js'
import { TaskExit, unhealthy, type Found } from './status.js'
import { stopContainer } from './stop.js'

/**
 * Ends when the container of a running task has ended with 0; throws `TaskExit` for another code. One that becomes
 * unhealthy is stopped, after `onUnhealthy` has taken it out of the balancing.
 */
export async function watch(
  host: Host,
  task: Task,
  onUnhealthy: () => Promise<void>,
  signal: AbortSignal,
): Promise<Found> {
  const over = new AbortController()
  const ends = AbortSignal.any([signal, over.signal])
  let reason: string | undefined
  const { result } = await host.runtime.containers.wait(taskName(task), 'not-running', ends)
  const health = untilUnhealthy(host, task, ends).then(async (sick) => {
    if (!sick) return
    reason = unhealthy
    await onUnhealthy()
    await stopContainer(host, task)
  })
  try {
    // Health alone never ends it; but a fault in following it does.
    const exit = await Promise.race([result, health.then(() => result)])
    signal.throwIfAborted()
    if (exit.StatusCode !== 0) throw new TaskExit(exit.StatusCode, reason ?? exit.Error?.Message)
    return { container: containerFacts(await inspect(host, task)) }
  } finally {
    over.abort()
    await health.catch(() => {})
  }
}

/** True when the container has become unhealthy; false when `signal` came first. */
async function untilUnhealthy(host: Host, task: Task, signal: AbortSignal): Promise<boolean> {
  const events = host.events.follow(task.ID)
  const close = (): void => events.close()
  signal.addEventListener('abort', close, { once: true })
  try {
    if (signal.aborted) return false
    if ((await inspect(host, task)).State?.Health?.Status === 'unhealthy') return true
    for await (const event of events) if (event.Action === 'health_status: unhealthy') return true
    return false
  } finally {
    signal.removeEventListener('abort', close)
    events.close()
  }
}
