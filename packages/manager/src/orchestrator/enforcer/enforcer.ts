import type { Node, Task } from '@essaim/api-types'
import { isTerminal } from '@essaim/api-types'
import { nodeSatisfies } from '../../scheduler/constraints.js'
import { waitsForPlacement } from '../../scheduler/picture.js'
import type { Change, Tx, View } from '../../store/contract.js'
import { apply, summary } from '../action.js'
import type { Action } from '../action.js'
import type { Moment, Pass } from '../loop/pass.js'
import { same } from '../same.js'
import { byAge, isLive } from '../task.js'

/** Rejects tasks whose node has changed so that it does not meet their constraints or reservations any longer. */
export class Enforcer implements Pass {
  readonly name = 'enforcer'
  readonly #nodes = new Set<string>()

  reset(view: View): void {
    for (const { ID } of view.all('node')) this.#nodes.add(ID)
  }

  mark(change: Change): void {
    if (change.table !== 'node' || change.action !== 'update') return
    const { before, object: after } = change
    if (!same([before.Spec, before.Description], [after.Spec, after.Description])) this.#nodes.add(after.ID)
  }

  dirty(): boolean {
    return this.#nodes.size > 0
  }

  due(): undefined {
    return undefined
  }

  run(tx: Tx, { now }: Moment): string | undefined {
    const plan = [...this.#nodes].flatMap((id) => enforce(tx, tx.get('node', id)))
    this.#nodes.clear()
    apply(tx, plan, now)
    return summary(plan)
  }
}

/** A drained node's tasks are moved by the orchestrator; a paused one's are left alone. */
function enforce(view: View, node: Node | undefined): Action[] {
  if (node === undefined || node.Spec.Availability !== 'active') return []
  let { NanoCPUs: cpus = 0, MemoryBytes: memory = 0 } = node.Description.Resources ?? {}
  const tasks = view.find('task', 'node', node.ID).filter((task) => !waitsForPlacement(task) && isLive(task))
  return [...tasks].sort(byAge).flatMap((task) => {
    if (isTerminal(task.Status.State)) return []
    const { NanoCPUs = 0, MemoryBytes = 0 } = task.Spec.Resources?.Reservations ?? {}
    const fits = NanoCPUs <= cpus && MemoryBytes <= memory
    if (!fits || !nodeSatisfies(node, constraintsOf(view, task))) return [reject(task)]
    cpus -= NanoCPUs
    memory -= MemoryBytes
    return []
  })
}

/** The service's present constraints: a change of placement alone does not replace tasks that satisfy it. */
function constraintsOf(view: View, task: Task): string[] | undefined {
  const service = view.get('service', task.ServiceID ?? '')
  return (service?.Spec.TaskTemplate ?? task.Spec).Placement?.Constraints
}

function reject({ ID }: Task): Action {
  const reason = 'its node does not meet its constraints any longer'
  const message = 'task rejected by constraint enforcer'
  return { do: 'reject', taskId: ID, message, error: 'assigned node no longer meets constraints', reason }
}
