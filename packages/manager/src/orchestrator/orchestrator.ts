import { messageOf } from '@essaim/base'
import type { Logger } from '@essaim/base'
import type { Node, Service, Task } from '@essaim/api-types'
import type { Change, Tx, View } from '../store/contract.js'
import { summary } from './action.js'
import type { Action } from './action.js'
import { Deadlines } from './loop/deadlines.js'
import type { Moment, Pass } from './loop/pass.js'
import { isGlobal, isJob } from './modes.js'
import { same } from './same.js'
import { reconcileRemoved, reconcileService, reconcileSlot } from './reconcile.js'
import type { Outcome } from './reconcile.js'
import { slotAt, slotKey } from './slots.js'
import { isLive } from './task.js'

/**
 * Keeps every service as it is meant to be. A change of a task concerns its slot, a change of a node the slots on it,
 * a change of a service the whole of it; so does every change while it is being updated.
 */
export class Orchestrator implements Pass {
  readonly name = 'orchestrator'
  readonly #services = new Set<string>()
  readonly #slots = new Set<string>()
  readonly #nodes = new Set<string>()
  readonly #globals = new Set<string>()
  readonly #deadlines = new Deadlines()

  constructor(private readonly logger: Logger) {}

  reset(view: View): void {
    for (const set of [this.#services, this.#slots, this.#nodes, this.#globals]) set.clear()
    this.#deadlines.clear()
    for (const service of view.all('service')) this.#noteService(service)
    for (const { ServiceID } of view.all('task')) if (ServiceID !== undefined) this.#services.add(ServiceID)
  }

  mark(change: Change): void {
    switch (change.table) {
      case 'service':
        if (change.action === 'remove') this.#globals.delete(change.object.ID)
        if (change.action === 'remove') this.#services.add(change.object.ID)
        else if (change.action === 'create' || concerns(change.before, change.object)) this.#noteService(change.object)
        break
      case 'task':
        this.#noteTask(change)
        break
      case 'node':
        if (change.action !== 'update' || nodeConcerns(change.before, change.object)) this.#nodes.add(change.object.ID)
        break
      case 'cluster':
      case 'network':
      case 'secret':
      case 'config':
        break
    }
  }

  dirty(): boolean {
    return this.#services.size + this.#slots.size + this.#nodes.size > 0
  }

  due(): number | undefined {
    return this.#deadlines.next()
  }

  run(tx: Tx, moment: Moment): string | undefined {
    for (const key of this.#deadlines.take(moment.now)) (key.includes('/') ? this.#slots : this.#services).add(key)
    const onNodes = new Set([...take(this.#nodes)].flatMap((nodeId) => this.#noteNode(tx, nodeId)))
    const slots = take(this.#slots)
    for (const key of slots) if (needsAll(tx, key)) this.#services.add(serviceOf(key))
    const services = take(this.#services)
    const plan: Action[] = []
    for (const id of services) {
      plan.push(...this.#settle(id, () => reconcile(tx, id, moment)))
    }
    for (const key of slots) {
      const service = tx.get('service', serviceOf(key))
      if (service === undefined || services.has(service.ID)) continue
      plan.push(...this.#settle(service.ID, () => reconcileSlot(tx, service, key, moment, onNodes.has(key))))
    }
    return summary(plan)
  }

  /** One service that cannot be reconciled does not hold up the others. */
  #settle(serviceId: string, look: () => Outcome): Action[] {
    try {
      const { plan, due } = look()
      for (const [key, time] of due) this.#deadlines.set(key, time)
      return plan
    } catch (error) {
      this.logger.error('a service could not be reconciled', { service: serviceId, error: messageOf(error) })
      return []
    }
  }

  #noteService(service: Service): void {
    this.#services.add(service.ID)
    if (isGlobal(service)) this.#globals.add(service.ID)
    else this.#globals.delete(service.ID)
  }

  #noteTask(change: Extract<Change, { table: 'task' }>): void {
    const { action, object: task } = change
    if (task.ServiceID === undefined) return
    if (action === 'update' && !taskConcerns(change.before, task)) return
    this.#slots.add(slotKey(task))
    if (action === 'remove' && isLive(task)) this.#services.add(task.ServiceID)
  }

  /** Answers the node's slots of global services. */
  #noteNode(view: View, nodeId: string): string[] {
    for (const task of view.find('task', 'node', nodeId))
      if (task.ServiceID !== undefined) this.#slots.add(slotKey(task))
    const keys = [...this.#globals].map((serviceId) => `${serviceId}/${nodeId}`)
    for (const key of keys) this.#slots.add(key)
    return keys
  }
}

function reconcile(tx: Tx, serviceId: string, moment: Moment): Outcome {
  const service = tx.get('service', serviceId)
  return service === undefined ? reconcileRemoved(tx, serviceId, moment) : reconcileService(tx, service, moment)
}

/** Whether a change in this slot is a matter of its whole service. */
function needsAll(view: View, key: string): boolean {
  const service = view.get('service', serviceOf(key))
  if (service === undefined || isJob(service)) return true
  const { State } = service.UpdateStatus ?? {}
  if (State === 'updating' || State === 'rollback_started') return true
  return (slotAt(view, key)?.live.length ?? 0) > 1
}

const serviceOf = (slotKey: string): string => slotKey.slice(0, slotKey.indexOf('/'))

function take(keys: Set<string>): Set<string> {
  const taken = new Set(keys)
  keys.clear()
  return taken
}

function concerns(before: Service, after: Service): boolean {
  return (
    before.Spec !== after.Spec ||
    !same(
      [before.UpdateStatus, before.JobStatus, before.Internal],
      [after.UpdateStatus, after.JobStatus, after.Internal],
    )
  )
}

function taskConcerns(before: Task, after: Task): boolean {
  return (
    before.DesiredState !== after.DesiredState ||
    before.Status.State !== after.Status.State ||
    before.NodeID !== after.NodeID
  )
}

function nodeConcerns(before: Node, after: Node): boolean {
  const relevant = ({ Spec, Description, Status }: Node): unknown => [Spec, Description, Status.State, Status.Addr]
  return !same(relevant(before), relevant(after))
}
