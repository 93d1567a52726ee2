import { isTerminal, stateRank } from '@essaim/api-types'
import type { GenericResources, Node, Task } from '@essaim/api-types'
import { GenericPool } from './generic-resources.js'

/** How far back failures of a service on a node are remembered, and how many of them make the node a last choice. */
export const failureWindow = 5 * 60_000
export const failureLimit = 5

/** A node and what the tasks on it take, kept up to date task by task. */
export class NodeLoad {
  /** Tasks that are meant to run, in all and by service. */
  active = 0
  readonly #activeOf = new Map<string, number>()
  #nanoCpus = 0
  #memory = 0
  #generic: GenericPool
  readonly #ports = new Map<string, number>()
  readonly #tasks = new Map<string, Task>()
  /** Times of failures by service and version of its spec. */
  readonly #failures = new Map<string, number[]>()

  constructor(private current: Node) {
    this.#generic = new GenericPool(current.Description.Resources?.GenericResources)
  }

  get node(): Node {
    return this.current
  }

  set node(node: Node) {
    this.current = node
    this.#generic = new GenericPool(node.Description.Resources?.GenericResources)
    for (const task of this.#tasks.values()) this.#generic.take(heldBy(task))
  }

  get freeNanoCpus(): number {
    return (this.current.Description.Resources?.NanoCPUs ?? 0) - this.#nanoCpus
  }

  get freeMemory(): number {
    return (this.current.Description.Resources?.MemoryBytes ?? 0) - this.#memory
  }

  chooseGeneric(wanted: GenericResources | undefined): GenericResources | undefined {
    return this.#generic.choose(wanted)
  }

  activeOf(serviceId: string): number {
    return this.#activeOf.get(serviceId) ?? 0
  }

  usesPort(port: string): boolean {
    return this.#ports.has(port)
  }

  /** The task as it is now, in place of what was known of it. Tasks that have ended take nothing. */
  put(task: Task): void {
    this.remove(task.ID)
    if (isTerminal(task.Status.State)) return
    this.#tasks.set(task.ID, task)
    this.#count(task, 1)
  }

  remove(taskId: string): void {
    const task = this.#tasks.get(taskId)
    if (task === undefined) return
    this.#tasks.delete(taskId)
    this.#count(task, -1)
  }

  noteFailure(task: Task, now: number): void {
    const recent = this.#recent(task, now)
    this.#failures.set(versionKey(task), [...recent, now])
  }

  failuresOf(task: Task, now: number): number {
    return this.#recent(task, now).length
  }

  #recent(task: Task, now: number): number[] {
    const key = versionKey(task)
    const recent = (this.#failures.get(key) ?? []).filter((time) => now - time < failureWindow)
    if (recent.length === 0) this.#failures.delete(key)
    return recent
  }

  #count(task: Task, by: 1 | -1): void {
    const { Reservations: reserved } = task.Spec.Resources ?? {}
    this.#nanoCpus += by * (reserved?.NanoCPUs ?? 0)
    this.#memory += by * (reserved?.MemoryBytes ?? 0)
    if (by === 1) this.#generic.take(heldBy(task))
    else this.#generic.give(heldBy(task))
    for (const port of hostPorts(task)) bump(this.#ports, port, by)
    if (!isWanted(task)) return
    this.active += by
    bump(this.#activeOf, task.ServiceID ?? '', by)
  }
}

/** Whether the managers mean it to run, or to run to its end. */
export function isWanted(task: Task): boolean {
  return stateRank(task.DesiredState) <= stateRank('complete')
}

/** `tcp/80` for each port that the task takes on its host. */
export function hostPorts(task: Task): string[] {
  return task.Internal.Ports.flatMap(({ PublishMode, PublishedPort, Protocol }) =>
    PublishMode === 'host' && PublishedPort ? [`${Protocol ?? 'tcp'}/${PublishedPort}`] : [],
  )
}

const heldBy = (task: Task): GenericResources => (task.AssignedGenericResources ?? []) as GenericResources
const versionKey = (task: Task): string => `${task.ServiceID ?? ''}/${task.Internal.SpecVersion}`

function bump(counts: Map<string, number>, key: string, by: number): void {
  const count = (counts.get(key) ?? 0) + by
  if (count === 0) counts.delete(key)
  else counts.set(key, count)
}
