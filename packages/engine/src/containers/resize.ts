import { conflict } from '@essaim/base'
import { tolerate } from '../containerd/index.js'
import type { ContainerDeps } from './deps.js'
import { publish } from './events.js'
import { isAlive } from './record.js'

export async function resizeContainer(
  deps: ContainerDeps,
  ref: string,
  { height, width }: { height: number; width: number },
): Promise<void> {
  const container = deps.registry.find(ref)
  if (!isAlive(container.record.state)) {
    throw conflict('container.not-running', `Container ${container.id} is not running`)
  }
  const size = { containerId: container.id, height, width }
  await tolerate(deps.containerd.tasks.resizePty(size), 'NOT_FOUND', 'FAILED_PRECONDITION')
  publish(deps, container, 'resize', { height: String(height), width: String(width) })
}
