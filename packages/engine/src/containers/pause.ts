import { conflict } from '@essaim/base'
import type { Container } from './container.js'
import type { ContainerDeps } from './deps.js'
import { publish } from './events.js'

export async function pauseContainer(deps: ContainerDeps, ref: string): Promise<void> {
  const container = deps.registry.find(ref)
  await deps.locks.run(container.id, async () => {
    const { status } = container.record.state
    if (status === 'paused') throw conflict('container.paused', `Container ${container.id} is already paused`)
    if (status === 'restarting') {
      throw conflict(
        'container.restarting',
        `Container ${container.id} is restarting, wait until the container is running`,
      )
    }
    if (status !== 'running') throw conflict('container.not-running', `Container ${container.id} is not running`)
    await deps.containerd.tasks.pause(container.id)
    await become(deps, container, 'paused', 'pause')
  })
}

export async function unpauseContainer(deps: ContainerDeps, ref: string): Promise<void> {
  const container = deps.registry.find(ref)
  await deps.locks.run(container.id, async () => {
    if (container.record.state.status !== 'paused') {
      throw conflict('container.not-paused', `Container ${container.id} is not paused`)
    }
    await deps.containerd.tasks.resume(container.id)
    await become(deps, container, 'running', 'unpause')
  })
}

async function become(
  deps: ContainerDeps,
  container: Container,
  status: 'running' | 'paused',
  action: string,
): Promise<void> {
  container.record.state.status = status
  await deps.registry.save(container)
  publish(deps, container, action)
}
