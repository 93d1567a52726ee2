import { existsSync } from 'node:fs'
import type { AuthConfig, Task } from '@essaim/api-types'
import { invalid, isKind, messageOf } from '@essaim/base'
import { neededSources } from '../container/mounts.js'
import { taskLabel, taskName } from '../container/names.js'
import { containerRequest, containerSpec } from '../container/request.js'
import { fileContents } from '../files/content.js'
import type { Host } from './host.js'
import type { Found } from './status.js'

/** Image, files and container of a task, without starting it. Idempotent: a container that is there already is taken. */
export async function prepare(host: Host, task: Task, signal: AbortSignal): Promise<Found> {
  const image = containerSpec(task).Image ?? ''
  const files = await host.files.write(task.ID, fileContents(task, host.materials, host.node))
  const request = containerRequest(task, host.node)
  for (const source of neededSources(request.HostConfig?.Mounts ?? [])) {
    if (!existsSync(source)) {
      throw invalid('task.bind-source', `invalid bind mount source, source path not found: ${source}`)
    }
  }
  await ensureImage(host, image, task.Internal.PullAuth, signal)
  signal.throwIfAborted()
  return host.starts.run(async () => {
    try {
      const { Id: id } = await host.runtime.containers.create(request, { name: taskName(task), files })
      return { container: { ContainerID: id } }
    } catch (error) {
      const existing = isKind(error, 'conflict') ? await findOwn(host, task) : undefined
      if (existing === undefined) throw error
      return { container: { ContainerID: existing } }
    }
  })
}

/**
 * An image that is here is used as it is: the managers name it by digest where a registry could be asked. A pull that
 * fails is told in the log; the task then fails with Docker's word for an image that is not here.
 */
async function ensureImage(
  host: Host,
  image: string,
  auth: AuthConfig | undefined,
  signal: AbortSignal,
): Promise<void> {
  try {
    await host.runtime.images.inspect(image)
    return
  } catch (error) {
    if (!isKind(error, 'not-found')) throw error
  }
  try {
    const options = { reference: image, ...(auth && { auth }) }
    for await (const message of await host.runtime.images.pull(options, signal)) {
      if (message.errorDetail) throw new Error(message.errorDetail.message)
    }
  } catch (error) {
    signal.throwIfAborted()
    host.logger.error('pulling image failed', { image, error: messageOf(error) })
  }
}

/** The task's container where an earlier attempt has made it. */
async function findOwn(host: Host, task: Task): Promise<string | undefined> {
  const found = await host.runtime.containers.inspect(taskName(task), { size: false })
  return found.Config?.Labels?.[taskLabel] === task.ID ? found.Id : undefined
}
