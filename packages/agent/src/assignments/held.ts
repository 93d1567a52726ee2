import type { Config, Secret, Task } from '@essaim/api-types'
import type { AssignmentsMessage, NetworkState } from '@essaim/protocol'

/** What a message changed. Of networks: the new states, to be applied as a whole. */
export interface AssignmentDiff {
  networks: NetworkState[]
  removedNetworks: string[]
  tasks: Task[]
  removedTasks: string[]
}

/** What the managers want of this node now, as the messages so far say. */
export class HeldAssignments {
  readonly #tasks = new Map<string, Task>()
  readonly #secrets = new Map<string, Secret>()
  readonly #configs = new Map<string, Config>()
  readonly #networks = new Map<string, NetworkState>()
  #revision: string | undefined

  /** Whether the managers have spoken since this process started: before that, what a task needs may be missing. */
  get heard(): boolean {
    return this.#revision !== undefined
  }

  secret(id: string): Secret | undefined {
    return this.#secrets.get(id)
  }

  config(id: string): Config | undefined {
    return this.#configs.get(id)
  }

  /** Undefined when the message applies to another state than this one: a complete one is needed then. */
  apply(message: AssignmentsMessage): AssignmentDiff | undefined {
    if (message.type === 'incremental' && message.appliesTo !== this.#revision) return undefined
    const diff: AssignmentDiff = { networks: [], removedNetworks: [], tasks: [], removedTasks: [] }
    if (message.type === 'complete') this.#forgetOthers(message, diff)
    for (const change of message.changes) {
      if (change.action === 'remove') {
        if (change.kind === 'task') diff.removedTasks.push(change.id)
        if (change.kind === 'network') diff.removedNetworks.push(change.id)
        this.#table(change.kind).delete(change.id)
        continue
      }
      const { item } = change
      switch (item.kind) {
        case 'task':
          this.#tasks.set(item.task.ID, item.task)
          diff.tasks.push(item.task)
          break
        case 'secret':
          this.#secrets.set(item.secret.ID, item.secret)
          break
        case 'config':
          this.#configs.set(item.config.ID, item.config)
          break
        case 'network':
          this.#networks.set(item.state.network.ID, item.state)
          diff.networks.push(item.state)
          break
      }
    }
    this.#revision = message.resultsIn
    return diff
  }

  #forgetOthers(message: AssignmentsMessage, diff: AssignmentDiff): void {
    const kept = new Set(message.changes.map((change) => (change.action === 'update' ? idOf(change.item) : '')))
    for (const kind of ['task', 'secret', 'config', 'network'] as const) {
      for (const id of this.#table(kind).keys()) {
        if (kept.has(id)) continue
        if (kind === 'task') diff.removedTasks.push(id)
        if (kind === 'network') diff.removedNetworks.push(id)
        this.#table(kind).delete(id)
      }
    }
  }

  #table(kind: 'task' | 'secret' | 'config' | 'network'): Map<string, unknown> {
    return { task: this.#tasks, secret: this.#secrets, config: this.#configs, network: this.#networks }[kind]
  }
}

type Item = Extract<AssignmentsMessage['changes'][number], { action: 'update' }>['item']

function idOf(item: Item): string {
  switch (item.kind) {
    case 'task':
      return item.task.ID
    case 'secret':
      return item.secret.ID
    case 'config':
      return item.config.ID
    case 'network':
      return item.state.network.ID
  }
}
