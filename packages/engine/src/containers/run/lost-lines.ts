import type { ContainerDeps } from '../deps.js'
import type { LostLines } from './output.js'

/** Milliseconds between two words of the same container about lines that were lost. */
const quiet = 10_000

/** Says that a container's lines did not reach where they were to go, now and then. */
export function lostLines({ logger, clock }: Pick<ContainerDeps, 'logger' | 'clock'>, id: string): LostLines {
  let next = 0
  return (driver, error) => {
    if (clock.now() < next) return
    next = clock.now() + quiet
    logger.warn('lines of a container were not logged', { id, driver, error: error.message })
  }
}
