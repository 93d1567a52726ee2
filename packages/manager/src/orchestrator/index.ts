import type { Clock, Ids, Logger } from '@essaim/base'
import { Scheduler } from '../scheduler/scheduler.js'
import type { Store } from '../store/contract.js'
import { Enforcer } from './enforcer/enforcer.js'
import { Loop } from './loop/loop.js'
import type { Pass } from './loop/pass.js'
import { Orchestrator } from './orchestrator.js'
import { Reaper } from './reaper/reaper.js'

export type { Moment, Pass } from './loop/pass.js'

export interface Loops {
  /** Ends all loops; a write under way is finished first. */
  close(): Promise<void>
}

/**
 * Starts what keeps the cluster as it is meant to be: replaces, scales, updates, places and forgets tasks. `passes` are
 * other parts that take their turn in the same writes; the allocator is one of them.
 */
export function startLoops(options: {
  store: Store
  clock: Clock
  ids: Ids
  logger: Logger
  passes?: readonly Pass[]
}): Loops {
  const { store, clock, ids, logger, passes = [] } = options
  const own = [new Enforcer(), new Orchestrator(logger), new Scheduler(() => clock.now()), new Reaper()]
  return new Loop({ store, clock, ids, logger, passes: [...own.slice(0, 2), ...passes, ...own.slice(2)] })
}
