import type { Task } from '@essaim/api-types'
import { isKind } from '@essaim/base'
import { taskName } from '../container/names.js'
import { containerSpec } from '../container/request.js'
import type { Host } from './host.js'

/** Seconds that a container gets after its stop signal when the service does not say (Docker's default). */
const defaultGrace = 10

/** Stops the task's container with its own signal and grace. Tolerates one that is stopped, or that never was. */
export async function stopContainer(host: Host, task: Task): Promise<void> {
  const grace = task.Spec.ContainerSpec ? containerSpec(task).StopGracePeriod : undefined
  const timeoutSeconds = grace === undefined ? defaultGrace : Math.floor(grace / 1e9)
  await tolerateAbsence(host.runtime.containers.stop(taskName(task), { timeoutSeconds }))
}

/** Removes the container and its anonymous volumes. Tolerates that there is none. */
export async function removeContainer(host: Host, ref: string): Promise<void> {
  await tolerateAbsence(host.runtime.containers.remove(ref, { force: true, volumes: true, link: false }))
}

async function tolerateAbsence(work: Promise<void>): Promise<void> {
  try {
    await work
  } catch (error) {
    if (!isKind(error, 'not-found') && !isKind(error, 'not-modified')) throw error
  }
}
