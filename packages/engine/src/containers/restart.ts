import type { ContainerDeps } from './deps.js'
import { publish } from './events.js'
import { isAlive } from './record.js'
import { startLocked } from './start.js'
import { stopRunning, tidied, type StopOptions } from './stop.js'

export async function restartContainer(deps: ContainerDeps, ref: string, options: StopOptions): Promise<void> {
  const container = deps.registry.find(ref)
  // A restart is no stop: an auto-removed container stays.
  const autoRemove = container.record.host.AutoRemove === true
  if (isAlive(container.record.state)) {
    container.stopping = true
    if (autoRemove) container.record.host = { ...container.record.host, AutoRemove: false }
    try {
      await stopRunning(deps, container, options)
      await tidied(deps, container)
      publish(deps, container, 'stop')
    } finally {
      if (autoRemove) container.record.host = { ...container.record.host, AutoRemove: true }
    }
  }
  await deps.locks.run(container.id, async () => {
    container.record.stoppedByUser = false
    await startLocked(deps, container)
  })
  publish(deps, container, 'restart')
}
