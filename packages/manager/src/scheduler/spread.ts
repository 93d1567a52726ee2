import type { Node, Task } from '@essaim/api-types'
import { Heap } from './heap.js'
import { failureLimit } from './node-load.js'
import type { NodeLoad } from './node-load.js'
import type { Pipeline } from './pipeline.js'

/** Nodes that share their values of the preferences so far; a leaf holds those that may take the task, best first. */
interface Branch {
  /** Tasks of the service under it. */
  tasks: number
  children: Map<string, Branch>
  nodes: Heap<NodeLoad>
  /** Nothing under it may take another task. */
  full: boolean
}

/**
 * Chooses a node for one task after another of a group with one spec, as swarmkit does: even over the values of each
 * placement preference, then the node with the fewest tasks of the service, then the one with the fewest in all.
 * A node on which the service keeps failing comes last.
 */
export class Spread {
  readonly #root: Branch
  readonly #paths = new Map<NodeLoad, Branch[]>()

  constructor(
    private readonly task: Task,
    loads: Iterable<NodeLoad>,
    private readonly pipeline: Pipeline,
    private readonly now: number,
  ) {
    this.#root = this.#branch()
    const labels = preferencesOf(task)
    for (const load of loads) this.#add(load, labels)
  }

  /** The best node that still may take a task; undefined when there is none. Its load is read again at the next call. */
  next(): NodeLoad | undefined {
    while (!this.#root.full) {
      let at = this.#root
      const path = [at]
      while (at.children.size > 0) {
        const open = [...at.children.values()].filter(({ full }) => !full)
        const least = open.reduce<Branch | undefined>(
          (a, b) => (a === undefined || b.tasks < a.tasks ? b : a),
          undefined,
        )
        if (least === undefined) break
        at = least
        path.push(at)
      }
      const load = at.nodes.pop()
      if (load === undefined) {
        at.full = true
      } else if (this.pipeline.accepts(load)) {
        for (const branch of path) branch.tasks++
        return load
      }
    }
    return undefined
  }

  /** Offers the node again after a task was put on it. */
  again(load: NodeLoad): void {
    this.#paths.get(load)?.at(-1)?.nodes.push(load)
  }

  #add(load: NodeLoad, labels: readonly string[]): void {
    const path = [this.#root]
    for (const label of labels) {
      const value = labelOf(load.node, label)
      const parent = path.at(-1) ?? this.#root
      const child = parent.children.get(value) ?? this.#branch()
      parent.children.set(value, child)
      path.push(child)
    }
    for (const branch of path) branch.tasks += load.activeOf(this.task.ServiceID ?? '')
    if (!this.pipeline.accepts(load)) return
    this.#paths.set(load, path)
    path.at(-1)?.nodes.push(load)
  }

  #branch(): Branch {
    return { tasks: 0, children: new Map(), nodes: new Heap<NodeLoad>((a, b) => this.#better(a, b)), full: false }
  }

  #better(a: NodeLoad, b: NodeLoad): boolean {
    const failures = [a, b].map((load) => load.failuresOf(this.task, this.now)) as [number, number]
    if (Math.max(...failures) >= failureLimit && failures[0] !== failures[1]) return failures[0] < failures[1]
    const service = this.task.ServiceID ?? ''
    const ofService = a.activeOf(service) - b.activeOf(service)
    return ofService === 0 ? a.active < b.active : ofService < 0
  }
}

function preferencesOf(task: Task): string[] {
  return (task.Spec.Placement?.Preferences ?? []).flatMap(({ Spread: spread }) => spread?.SpreadDescriptor ?? [])
}

/** Nodes without the label share the empty value; so do all nodes under a descriptor that names no label. */
function labelOf(node: Node, descriptor: string): string {
  const lower = descriptor.toLowerCase()
  if (lower.startsWith('node.labels.')) return node.Spec.Labels?.[descriptor.slice('node.labels.'.length)] ?? ''
  if (lower.startsWith('engine.labels.')) {
    return node.Description.Engine?.Labels?.[descriptor.slice('engine.labels.'.length)] ?? ''
  }
  return ''
}
