import { conflict, isKind } from '@essaim/base'
import type { ContainerInspectResponse, ContainerSummary } from '@essaim/api-types'
import type { Client } from '@essaim/client'

const taskName = 'com.docker.swarm.task.name'
const serviceName = 'com.docker.swarm.service.name'

/**
 * The container of a name or id, or that of a service (`web`), a slot (`web.1`) or a task: of those on this host, and where
 * there is none, on a manager, of those on any node.
 */
export async function resolveContainer(client: Client, ref: string): Promise<ContainerInspectResponse> {
  try {
    return await client.containers.inspect(ref)
  } catch (error) {
    if (!isKind(error, 'not-found')) throw error
    const found = (await here(client, ref)) ?? (await anywhere(client, ref))
    if (found === undefined) throw error
    return client.containers.inspect(found)
  }
}

async function here(client: Client, ref: string): Promise<string | undefined> {
  const running = await client.containers.list({ filters: { label: [taskName] } })
  const found = running.filter((container) => namesOf(container).includes(ref))
  return theOnly(
    ref,
    found.map((container) => ({ slot: slotOf(container), id: container.Id ?? '' })),
    'here',
  )
}

async function anywhere(client: Client, ref: string): Promise<string | undefined> {
  const { Swarm } = await client.system.info()
  if (Swarm?.ControlAvailable !== true) return undefined
  const [tasks, services] = await Promise.all([
    client.tasks.list({ 'desired-state': ['running'] }),
    client.services.list(),
  ])
  const names = new Map(services.map(({ ID, Spec }) => [ID, Spec?.Name ?? '']))
  const found = tasks.flatMap(({ ID, ServiceID = '', Slot, NodeID = '', Status }) => {
    const service = names.get(ServiceID) ?? ''
    const slot = `${service}.${Slot ?? NodeID}`
    const id = Status?.ContainerStatus?.ContainerID ?? ''
    const isMeant =
      ref === service ||
      ref === slot ||
      ref === `${slot}.${ID}` ||
      ID === ref ||
      (ref.length >= 8 && ID.startsWith(ref))
    return isMeant && id !== '' && Status?.State === 'running' ? [{ slot, id }] : []
  })
  return theOnly(ref, found, 'in the swarm')
}

function theOnly(ref: string, found: { slot: string; id: string }[], where: string): string | undefined {
  const [first, second] = found
  if (second === undefined) return first?.id
  const names = found.map(({ slot }) => slot).toSorted()
  throw conflict('cli.many', `${ref} has several containers ${where}: ${names.join(', ')}`, {
    hint: 'name one of them',
  })
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
