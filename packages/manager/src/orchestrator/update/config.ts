import type { Service } from '@essaim/api-types'

/** How an update or a rollback goes about it; times in milliseconds. */
export interface UpdateConfig {
  /** Slots at a time; Infinity for all. */
  parallelism: number
  delay: number
  failureAction: 'pause' | 'continue' | 'rollback'
  monitor: number
  maxFailureRatio: number
  order: 'stop-first' | 'start-first'
}

/** Docker's defaults: one at a time, five seconds of monitoring, pause at the first failure. */
export function updateConfigOf(service: Service): UpdateConfig {
  const given = isRollback(service) ? service.Spec.RollbackConfig : service.Spec.UpdateConfig
  const parallelism = given?.Parallelism ?? (given === undefined ? 1 : 0)
  return {
    parallelism: parallelism === 0 ? Infinity : parallelism,
    delay: (given?.Delay ?? 0) / 1e6,
    failureAction: given?.FailureAction ?? 'pause',
    monitor: given?.Monitor ? given.Monitor / 1e6 : 5000,
    maxFailureRatio: given?.MaxFailureRatio ?? 0,
    order: given?.Order ?? 'stop-first',
  }
}

export function isRollback({ UpdateStatus }: Service): boolean {
  return UpdateStatus?.State === 'rollback_started'
}
