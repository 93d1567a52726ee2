import { conflict, invalid } from '@essaim/base'
import type { ContainerUpdateRequest, ContainerUpdateResponse, Resources } from '@essaim/api-types'
import { validateRestart } from './create/validate.js'
import type { ContainerDeps } from './deps.js'
import { publish } from './events.js'
import { checkLimits } from './limits/check.js'
import { kernelLimits } from './limits/kernel.js'
import { isAlive, type ContainerRecord } from './record.js'
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
  refuseConflicts(record, changes)
  const checked = checkLimits({ ...record.host, ...changes }, kernelLimits())
  const { warnings } = checked
  if (policy) validateRestart({ RestartPolicy: policy })
  if (record.host.AutoRemove === true && policy?.Name && policy.Name !== 'no') {
    throw conflict(
      'container.update',
      `Cannot update container ${record.id}: Restart policy cannot be updated because AutoRemove is enabled for the container`,
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
    // Below zero takes the limit away; what is stored says that there is none.
    record.host = (host.PidsLimit ?? 0) < 0 ? { ...host, PidsLimit: 0 } : host
    await deps.registry.save(container)
  })
  publish(deps, container, 'update')
  return { Warnings: warnings }
}

/** What would contradict a limit that stands: Docker names the one that is to be changed with it. */
function refuseConflicts({ id, host }: ContainerRecord, changes: Resources): void {
  const refuse = (why: string): Error => invalid('container.update', `Cannot update container ${id}: ${why}`)
  const { NanoCpus: nano = 0, CpuPeriod: period = 0, CpuQuota: quota = 0, MemorySwap: swap = 0 } = host
  const already = (what: string, by: string): Error =>
    refuse(`Conflicting options: ${what} cannot be updated as ${by} already been set`)
  if (nano > 0 && (changes.CpuPeriod ?? 0) > 0) throw already('CPU Period', 'NanoCPUs has')
  if (nano > 0 && (changes.CpuQuota ?? 0) > 0) throw already('CPU Quota', 'NanoCPUs has')
  if (period > 0 && (changes.NanoCpus ?? 0) > 0) throw already('Nano CPUs', 'CPU Period has')
  if (quota > 0 && (changes.NanoCpus ?? 0) > 0) throw already('Nano CPUs', 'CPU Quota has')
  if (swap > 0 && (changes.MemorySwap ?? 0) === 0 && (changes.Memory ?? 0) > swap) {
    throw refuse(
      'Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time',
    )
  }
}
