import { conflict } from '@essaim/base'
import type { ContainerUpdateRequest, ContainerUpdateResponse } from '@essaim/api-types'
import { validateRestart } from './create/validate.js'
import type { ContainerDeps } from './deps.js'
import { publish } from './events.js'
import { checkLimits } from './limits/check.js'
import { kernelLimits } from './limits/kernel.js'
import { isAlive } from './record.js'
import { ociResources } from './spec/resources.js'

/** New limits and a new restart policy; what is not given, or zero, stays. */
export async function updateContainer(
  deps: ContainerDeps,
  ref: string,
  request: ContainerUpdateRequest,
): Promise<ContainerUpdateResponse> {
  const container = deps.registry.find(ref)
  const { record } = container
  const { RestartPolicy: policy, ...limits } = request
  const changes = Object.fromEntries(
    Object.entries(limits).filter(
      ([, value]) => value !== 0 && value !== '' && !(Array.isArray(value) && !value.length),
    ),
  )
  const checked = checkLimits({ ...record.host, ...changes }, kernelLimits())
  const { warnings } = checked
  if (policy) validateRestart({ RestartPolicy: policy })
  if (record.host.AutoRemove === true && policy?.Name && policy.Name !== 'no') {
    throw conflict(
      'container.update',
      'Restart policy cannot be updated because AutoRemove is enabled for the container',
    )
  }
  await deps.locks.run(container.id, async () => {
    if (record.state.status === 'removing' || record.state.status === 'dead') {
      throw conflict(
        'container.removing',
        `Cannot update container ${record.id}: container is marked for removal and cannot be "update".`,
      )
    }
    const host = { ...record.host, ...changes, ...checked.changes, ...(policy?.Name && { RestartPolicy: policy }) }
    if (isAlive(record.state) && Object.keys(changes).length > 0) {
      await deps.containerd.tasks.update(container.id, ociResources(host, []))
    }
    record.host = host
    await deps.registry.save(container)
  })
  publish(deps, container, 'update')
  return { Warnings: warnings }
}
