import { nowNano } from '@essaim/base'
import { tolerate, type Exit } from '../containerd/index.js'
import type { Container } from './container.js'
import type { ContainerDeps } from './deps.js'
import { publish } from './events.js'
import type { RunState } from './record.js'
import { removeStopped } from './remove.js'
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
  await deps.locks.run(container.id, async () => {
    if (container.run !== run) return
    const { containerd, registry } = deps
    const { record, id } = container
    // The task's deletion returns when the shim has passed on all output.
    const oomKilled = wasOomKilled(record)
    await Promise.all([tolerate(containerd.tasks.delete(id), 'NOT_FOUND'), deps.sandboxes.close(id)])
    run.end()
    container.run = undefined
    const decision = decide(deps, container, exit.exitStatus)
    Object.assign(record.state, {
      status: decision.restart ? 'restarting' : 'exited',
      pid: 0,
      exitCode: exit.exitStatus,
      oomKilled,
      finishedAt: exit.exitedAt || nowNano(),
    } satisfies Partial<RunState>)
    if (decision.restart) record.restartCount++
    if (record.state.health) record.state.health = { ...record.state.health, Status: 'unhealthy' }
    removeSpools(deps.paths, id)
    await Promise.all([
      registry.save(container),
      tolerate(containerd.containers.delete(id), 'NOT_FOUND'),
      deps.volumes.unmount(id),
    ])
    if (oomKilled) publish(deps, container, 'oom')
    publish(deps, container, 'die', { exitCode: String(exit.exitStatus) })
    container.exited()
    if (decision.restart) restart(decision.delay)
    else if (record.host.AutoRemove === true) await removeStopped(deps, container, true)
  })
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
