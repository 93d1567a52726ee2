import { rfc3339 } from '@essaim/base'
import type { Service, UpdateStatus } from '@essaim/api-types'
import type { Moment } from '../loop/pass.js'
import { isRollback } from './config.js'

/** The service with its update under way, remembered in the store: a manager that is restarted goes on from there. */
export function begun(service: Service, slots: number, moment: Moment): Service {
  const status: UpdateStatus = service.UpdateStatus ?? {
    State: 'updating',
    StartedAt: rfc3339(moment.now),
    Message: 'update in progress',
  }
  const Update = { ID: moment.newId(), Slots: slots, Failed: [] }
  return { ...service, UpdateStatus: status, Internal: { ...service.Internal, Update } }
}

export function withFailures(service: Service, failed: readonly string[]): Service {
  const { Update } = service.Internal
  if (Update === undefined || failed.length === 0) return service
  const Failed = [...Update.Failed, ...failed]
  return { ...service, Internal: { ...service.Internal, Update: { ...Update, Failed } } }
}

export function completed(service: Service, now: number): Service {
  const rollback = isRollback(service)
  return ended(service, {
    ...service.UpdateStatus,
    State: rollback ? 'rollback_completed' : 'completed',
    Message: rollback ? 'rollback completed' : 'update completed',
    CompletedAt: rfc3339(now),
  })
}

export function paused(service: Service, taskId: string): Service {
  const rollback = isRollback(service)
  return ended(service, {
    ...service.UpdateStatus,
    State: rollback ? 'rollback_paused' : 'paused',
    Message: `update paused due to failure or early termination of task ${taskId}`,
  })
}

/** The service with its previous specification back, or undefined when there is none. */
export function rolledBack(service: Service, taskId: string): Service | undefined {
  const { PreviousSpec, ...rest } = service
  if (PreviousSpec === undefined) return undefined
  const { PreviousSpecVersion, PullAuth: _auth, PreviousPullAuth, Update: _, ...internal } = service.Internal
  return {
    ...rest,
    Spec: PreviousSpec,
    UpdateStatus: {
      ...service.UpdateStatus,
      State: 'rollback_started',
      Message: `update rolled back due to failure or early termination of task ${taskId}`,
    },
    Internal: {
      ...internal,
      SpecVersion: PreviousSpecVersion ?? internal.SpecVersion,
      ...(PreviousPullAuth && { PullAuth: PreviousPullAuth }),
    },
  }
}

function ended(service: Service, UpdateStatus: UpdateStatus): Service {
  const { Update: _, ...Internal } = service.Internal
  return { ...service, UpdateStatus, Internal }
}
