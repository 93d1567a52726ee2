import type { Config, Secret, Task } from '@essaim/api-types'
import type { AssignmentChange, AssignmentsMessage, NetworkState } from '@essaim/protocol'
import { isPredefined } from '../allocator/index.js'
import type { View } from '../store/index.js'
import { needsOf } from './needs.js'
import type { NetworkStates } from './network-states.js'

/** What a node was told, and so what is still to be told to it. */
export class Assignments {
  readonly #tasks = new Map<string, Task>()
  readonly #secrets = new Map<string, Secret>()
  readonly #configs = new Map<string, Config>()
  readonly #networks = new Map<string, NetworkState>()
  #sequence = 0

  constructor(
    private readonly nodeId: string,
    private readonly view: View,
    private readonly states: NetworkStates,
  ) {}

  /** The next message; undefined when the node knows everything. The first one is complete. */
  next(): AssignmentsMessage | undefined {
    const changes = this.#changes()
    const isFirst = this.#sequence === 0
    if (changes.length === 0 && !isFirst) return undefined
    const appliesTo = isFirst ? '' : String(this.#sequence)
    this.#sequence++
    return { type: isFirst ? 'complete' : 'incremental', appliesTo, resultsIn: String(this.#sequence), changes }
  }

  /** What tasks need comes before them, and goes after them. */
  #changes(): AssignmentChange[] {
    const { view } = this
    const needs = needsOf(view, this.nodeId)
    const secrets = differences(
      this.#secrets,
      pick(needs.secrets, (id) => view.get('secret', id)),
      same,
    )
    const configs = differences(
      this.#configs,
      pick(needs.configs, (id) => view.get('config', id)),
      same,
    )
    const networks = differences(
      this.#networks,
      pick(needs.networks, (id) => this.#network(id)),
      same,
    )
    const tasks = differences(this.#tasks, new Map(needs.tasks.map((task) => [task.ID, task])), sameForAgent)
    return [
      ...secrets.updated.map((secret) => ({ action: 'update', item: { kind: 'secret', secret } }) as const),
      ...configs.updated.map((config) => ({ action: 'update', item: { kind: 'config', config } }) as const),
      ...networks.updated.map((state) => ({ action: 'update', item: { kind: 'network', state } }) as const),
      ...tasks.updated.map((task) => ({ action: 'update', item: { kind: 'task', task } }) as const),
      ...tasks.removed.map((id) => ({ action: 'remove', kind: 'task', id }) as const),
      ...secrets.removed.map((id) => ({ action: 'remove', kind: 'secret', id }) as const),
      ...configs.removed.map((id) => ({ action: 'remove', kind: 'config', id }) as const),
      ...networks.removed.map((id) => ({ action: 'remove', kind: 'network', id }) as const),
    ]
  }

  #network(id: string): NetworkState | undefined {
    const state = this.states.get(id)
    return state === undefined || isPredefined(state.network) ? undefined : state
  }
}

const same = <T>(a: T, b: T): boolean => a === b

/** Whether an agent need not hear of the change: what comes from itself is not sent back to it. */
export function sameForAgent(a: Task, b: Task): boolean {
  return (
    a.DesiredState === b.DesiredState &&
    a.Spec === b.Spec &&
    a.NetworksAttachments === b.NetworksAttachments &&
    a.Internal.NotBefore === b.Internal.NotBefore
  )
}

function pick<T>(ids: Iterable<string>, get: (id: string) => T | undefined): Map<string, T> {
  const picked = new Map<string, T>()
  for (const id of ids) {
    const object = get(id)
    if (object !== undefined) picked.set(id, object)
  }
  return picked
}

/** Makes `told` equal to `wanted` and answers what had to change. */
function differences<T>(
  told: Map<string, T>,
  wanted: Map<string, T>,
  equal: (a: T, b: T) => boolean,
): { updated: T[]; removed: string[] } {
  const removed = [...told.keys()].filter((id) => !wanted.has(id))
  for (const id of removed) told.delete(id)
  const updated: T[] = []
  for (const [id, object] of wanted) {
    const before = told.get(id)
    if (before === undefined || !equal(before, object)) updated.push(object)
    told.set(id, object)
  }
  return { updated, removed }
}
