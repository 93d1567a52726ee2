import { conflict, isKind } from '@essaim/base'
import type { ContainerInspectResponse, ContainerSummary } from '@essaim/api-types'
import type { Client } from '@essaim/client'

const taskName = 'com.docker.swarm.task.name'
const serviceName = 'com.docker.swarm.service.name'

/** The container of a name or id, or the one on this host of a service (`web`), a slot (`web.1`) or a task. */
export async function resolveContainer(client: Client, ref: string): Promise<ContainerInspectResponse> {
  try {
    return await client.containers.inspect(ref)
  } catch (error) {
    if (!isKind(error, 'not-found')) throw error
    const running = await client.containers.list({ filters: { label: [taskName] } })
    const found = running.filter((container) => namesOf(container).includes(ref))
    const [first, second] = found
    if (first?.Id === undefined) throw error
    if (second !== undefined) {
      const names = found
        .map((container) => slotOf(container))
        .toSorted()
        .join(', ')
      throw conflict('cli.many', `${ref} has several containers here: ${names}`, { hint: 'name one of them' })
    }
    return client.containers.inspect(first.Id)
  }
}

function namesOf(container: ContainerSummary): string[] {
  return [
    container.Labels?.[serviceName] ?? '',
    slotOf(container),
    container.Labels?.['com.docker.swarm.task.id'] ?? '',
  ]
}

/** `web.1` of `web.1.k3j4...`. */
function slotOf(container: ContainerSummary): string {
  return (container.Labels?.[taskName] ?? '').split('.').slice(0, -1).join('.')
}
