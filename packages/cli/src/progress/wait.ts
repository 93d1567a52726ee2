import { sleep, unavailable } from '@essaim/base'
import type { Context } from '../core/context.js'
import { type BoardLine, createBoard } from './board.js'
import { lookAt, type ServiceProgress } from './converge.js'

export interface WaitChoice {
  quiet?: boolean
  /** Gives up after so many milliseconds. */
  timeout?: number
  /** A rollback that has completed is what is waited for. */
  rollback?: boolean
}

const lookEvery = 300
/** For so long all must stay as they are wanted: a task that fails at once shows itself within it. */
const stableFor = 2000

/**
 * Waits until the services are what they should be, and shows how far they are. Throws where an update halted or the
 * time is over; answers false when the user pressed Ctrl-C, which leaves everything going on.
 */
export async function waitForServices(context: Context, ids: string[], choice: WaitChoice = {}): Promise<boolean> {
  const board = choice.quiet ? undefined : createBoard(context)
  const end = Date.now() + (choice.timeout ?? Infinity)
  let stableSince: number | undefined
  for (;;) {
    const all = await lookAt(context.client, ids)
    board?.show(all.map((service) => lineOf(service, choice)))
    const halted = all.find((service) => isHalted(service, choice))
    if (halted) throw notConverged(`service ${halted.name}: ${halted.halted}`, halted)
    const converged = all.every((service) => service.converged)
    stableSince = converged ? (stableSince ?? Date.now()) : undefined
    if (stableSince !== undefined && Date.now() - stableSince >= stableFor) return true
    if (Date.now() >= end) {
      const late = all.find((service) => !service.converged)
      throw notConverged(`service ${late?.name ?? ''} did not converge in time`, late)
    }
    try {
      await sleep(lookEvery, context.interrupted)
    } catch (error) {
      if (!context.interrupted.aborted) throw error
      context.warn('It goes on in the background; look with: essaim ps')
      return false
    }
  }
}

function lineOf(service: ServiceProgress, choice: WaitChoice): BoardLine {
  const { name, running, desired, converged, states, failure } = service
  const halted = isHalted(service, choice) ? service.halted : undefined
  const count = `${running}/${desired}`
  const going = states.filter((state) => !/ running$| complete$/.test(state))
  const why = failure && !converged ? `task ${failure.slot}: ${failure.error}` : ''
  const text = [halted ?? (converged ? 'converged' : 'converging'), count, going.join(', '), why].filter(
    (part) => part !== '',
  )
  return {
    name,
    share: desired === 0 ? 1 : running / desired,
    text: text.join(', '),
    state: halted !== undefined ? 'bad' : converged ? 'good' : 'busy',
  }
}

/** A rollback that has completed is what `rollback` waits for. */
function isHalted({ halted }: ServiceProgress, { rollback }: WaitChoice): boolean {
  return halted !== undefined && !(rollback && halted.startsWith('rollback completed'))
}

function notConverged(message: string, service: ServiceProgress | undefined): Error {
  const why = service?.failure ? ` (task ${service.failure.slot}: ${service.failure.error})` : ''
  return unavailable('cli.converge', message + why, {
    hint: `see what its tasks say with: essaim service ps ${service?.name ?? ''}, essaim logs ${service?.name ?? ''}`,
  })
}

/** As `waitForServices` for one that is rolled back: that is what is wanted, no failure. */
export function waitForRollback(context: Context, id: string): Promise<boolean> {
  return waitForServices(context, [id], { rollback: true })
}
