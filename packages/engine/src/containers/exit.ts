import { messageOf, nowNano } from '@essaim/base'
import { tolerate, type Exit } from '../containerd/index.js'
import type { Container } from './container.js'
import type { ContainerDeps } from './deps.js'
import { publish } from './events.js'
import type { RunState } from './record.js'
import { removeStopped } from './remove.js'
import { clearTask } from './run/clear.js'
import { outputDelivered } from './run/delivered.js'
import { wasOomKilled } from './run/oom.js'
import { decideRestart } from './restart-policy.js'
import { removeSpools } from './run/output.js'
import type { Run } from './run/run.js'

/**
 * From `running` to what comes after it; `restart` is told when the policy wants it started again, in so many
 * milliseconds. A second word of the same exit changes nothing.
 */
export async function settleExit(
  deps: ContainerDeps,
  container: Container,
  run: Run,
  exit: Exit,
  restart: (delay: number) => void,
): Promise<void> {
  run.ended = true
  await deps.locks.run(container.id, async () => {
    if (container.run !== run) return
    const { record, id } = container
    const oomKilled = wasOomKilled(record)
    // Deleting the task waits for its output, too; but it is slow, and who waits for the exit need not wait for it.
    if (!(await outputDelivered(run.shim, id))) {
      // The task's end is known to nobody once it is deleted.
      record.exit = exit
      await deps.registry.save(container)
      await clearTask(deps.containerd, id)
    }
    // What was the container's alone is free for the next one before anybody hears of the end.
    if (isMissed(container)) await deps.sandboxes.close(id)
    await run.end()
    container.run = undefined
    const decision = decide(deps, container, exit.exitStatus)
    Object.assign(record.state, {
      status: decision.restart ? 'restarting' : 'exited',
      pid: 0,
      exitCode: exit.exitStatus,
      oomKilled,
      finishedAt: exit.exitedAt || nowNano(),
    } satisfies Partial<RunState>)
    delete record.exit
    if (decision.restart) record.restartCount++
    if (record.state.health) record.state.health = { ...record.state.health, Status: 'unhealthy' }
    removeSpools(deps.paths, id)
    const removes = !decision.restart && record.host.AutoRemove === true
    if (!removes) await deps.registry.save(container)
    if (oomKilled) publish(deps, container, 'oom')
    publish(deps, container, 'die', { exitCode: String(exit.exitStatus) })
    container.exited()
    if (removes) return removeStopped(deps, container, true)
    await tidy(deps, id)
    if (decision.restart) restart(decision.delay)
  })
}

/** Takes away what the process had on the host. Whatever fails is an orphan, which the next start removes. */
async function tidy(deps: ContainerDeps, id: string): Promise<void> {
  const { containerd, logger } = deps
  const task = async (): Promise<void> => {
    await clearTask(containerd, id)
    await tolerate(containerd.containers.delete(id), 'NOT_FOUND')
  }
  for (const result of await Promise.allSettled([task(), deps.sandboxes.close(id), deps.volumes.unmount(id)])) {
    if (result.status === 'rejected') {
      logger.warn('cannot tidy up after a container', { id, error: messageOf(result.reason) })
    }
  }
}

/** Whether others can be in want of what its network holds: a port, an address, a network that is to be removed. */
function isMissed({ record: { host, endpoints } }: Container): boolean {
  const published = host.PublishAllPorts === true || Object.keys(host.PortBindings ?? {}).length > 0
  const addressed = Object.values(endpoints).some(({ IPAMConfig: wanted }) => wanted?.IPv4Address !== undefined)
  const networks = [host.NetworkMode ?? 'default', ...Object.keys(endpoints)]
  return published || addressed || networks.some((name) => !['default', 'bridge', 'none', 'host'].includes(name))
}

function decide(deps: ContainerDeps, container: Container, exitCode: number): ReturnType<typeof decideRestart> {
  const { record, stopping, restartDelay } = container
  return decideRestart({
    policy: record.host.RestartPolicy ?? {},
    exitCode,
    restartCount: record.restartCount,
    stopped: stopping || record.stoppedByUser,
    ranFor: deps.clock.now() - Date.parse(record.state.startedAt),
    lastDelay: restartDelay,
  })
}
