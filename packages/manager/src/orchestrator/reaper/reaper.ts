import type { Change, Tx, View } from '../../store/contract.js'
import { apply, summary } from '../action.js'
import type { Action } from '../action.js'
import type { Moment, Pass } from '../loop/pass.js'
import { slotKey } from '../slots.js'
import { surplus } from './history.js'

/** Forgets tasks: what was to be removed once it has ended, and the history of a slot beyond the limit. */
export class Reaper implements Pass {
  readonly name = 'reaper'
  readonly #slots = new Set<string>()
  #limitChanged = false

  reset(view: View): void {
    this.#slots.clear()
    for (const task of view.all('task')) this.#slots.add(slotKey(task))
  }

  mark(change: Change): void {
    if (change.table === 'cluster') this.#limitChanged = true
    if (change.table === 'task' && change.action !== 'remove') this.#slots.add(slotKey(change.object))
  }

  dirty(): boolean {
    return this.#slots.size > 0 || this.#limitChanged
  }

  due(): undefined {
    return undefined
  }

  run(tx: Tx, { now }: Moment): string | undefined {
    if (this.#limitChanged) this.reset(tx)
    this.#limitChanged = false
    const plan = [...this.#slots].flatMap((key) => surplus(tx, tx.find('task', 'slot', key)).map(forget))
    this.#slots.clear()
    apply(tx, plan, now)
    return summary(plan)
  }
}

function forget({ ID }: { ID: string }): Action {
  return { do: 'forget', taskId: ID, reason: 'its time as history is over' }
}
