import { sleep } from '@essaim/base'
import type { Container } from '../container.js'
import type { ContainerDeps } from '../deps.js'
import { publish } from '../events.js'
import type { Run } from '../run/run.js'
import { probe } from './probe.js'
import { afterResult, healthPlan, nextCheck, startingHealth, type HealthPlan } from './state.js'

/** Watches the health of a run until it is over. `adopted` keeps what was known before the daemon's restart. */
export function startHealth(deps: ContainerDeps, container: Container, run: Run, adopted = false): void {
  const { config, state } = container.record
  const plan = healthPlan(config.Healthcheck, config.Shell)
  if (!plan) {
    delete state.health
    return
  }
  if (!adopted || !state.health) state.health = startingHealth()
  void watch(deps, container, run, plan).catch((error: unknown) => {
    if (run.over.signal.aborted) return
    deps.logger.error('health checks have stopped', { id: container.id, error: String(error) })
  })
}

async function watch(deps: ContainerDeps, container: Container, run: Run, plan: HealthPlan): Promise<void> {
  const { signal } = run.over
  const { record } = container
  const started = Date.parse(record.state.startedAt)
  for (;;) {
    const sinceStart = deps.clock.now() - started
    await sleep(nextCheck(record.state.health ?? startingHealth(), plan, sinceStart), signal)
    if (record.state.status !== 'running') continue
    const result = await probe(deps, container, plan.test, plan.timeout, signal)
    if (signal.aborted || container.run !== run) return
    const before = record.state.health ?? startingHealth()
    const after = afterResult(before, result, plan, deps.clock.now() - started)
    record.state.health = after
    if (after.Status === before.Status) continue
    await deps.registry.save(container)
    publish(deps, container, `health_status: ${after.Status}`)
  }
}
