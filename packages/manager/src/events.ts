import { messageOf, type Logger } from '@essaim/base'
import type { Service } from '@essaim/api-types'
import type { Change, Store } from './store/index.js'

export type EventType = 'service' | 'node' | 'secret' | 'config' | 'network'

/** Hears of the cluster's events (scope swarm), as Docker names them. */
export type OnEvent = (
  type: EventType,
  action: 'create' | 'update' | 'remove',
  id: string,
  attributes: Record<string, string>,
) => void

/** Tells `onEvent` of what users see change in the store, from now until `signal`. */
export async function publishEvents(
  store: Store,
  onEvent: OnEvent,
  signal: AbortSignal,
  logger: Logger,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for await (const { changes } of store.watch(signal).changes)
        for (const change of changes) publish(change, onEvent)
    } catch (error) {
      logger.warn('some events of the cluster were lost', { error: messageOf(error) })
    }
  }
}

function publish(change: Change, onEvent: OnEvent): void {
  const { action, table, object } = change
  switch (table) {
    case 'service':
      if (action === 'update' && !isVisible(change)) return
      onEvent(table, action, object.ID, { name: object.Spec.Name, ...serviceState(change) })
      break
    case 'node':
      onEvent(table, action, object.ID, { name: object.Description.Hostname ?? '', ...nodeState(change) })
      break
    case 'secret':
    case 'config':
    case 'network':
      onEvent(table, action, object.ID, { name: object.Spec.Name })
      break
    case 'cluster':
    case 'task':
      break
  }
}

type ChangeOf<T extends Change['table']> = Extract<Change, { table: T }>

/** What the manager notes for itself in a service is no event. */
function isVisible(change: ChangeOf<'service'>): boolean {
  if (change.action !== 'update') return true
  const { before, object } = change
  return before.Spec !== object.Spec || before.UpdateStatus !== object.UpdateStatus
}

function serviceState(change: ChangeOf<'service'>): Record<string, string> {
  if (change.action !== 'update') return {}
  const { before, object } = change
  const image = ({ Spec }: Service): string => Spec.TaskTemplate.ContainerSpec?.Image ?? ''
  const replicas = ({ Spec }: Service): string => String(Spec.Mode?.Replicated?.Replicas ?? '')
  return {
    ...changed('image', image(before), image(object)),
    ...changed('replicas', replicas(before), replicas(object)),
    ...changed('updatestate', before.UpdateStatus?.State, object.UpdateStatus?.State),
  }
}

function nodeState(change: ChangeOf<'node'>): Record<string, string> {
  if (change.action !== 'update') return {}
  const { before, object } = change
  return {
    ...changed('state', before.Status.State, object.Status.State),
    ...changed('availability', before.Spec.Availability, object.Spec.Availability),
    ...changed('role', before.Spec.Role, object.Spec.Role),
  }
}

/** Nothing when it is the same, or is no more. */
function changed(what: string, before = '', after = ''): Record<string, string> {
  if (before === after || after === '') return {}
  return { [`${what}.new`]: after, ...(before !== '' && { [`${what}.old`]: before }) }
}
