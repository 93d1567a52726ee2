import type { Task } from '@essaim/api-types'
import { constraints } from './filters/constraints.js'
import type { Filter } from './filters/filter.js'
import { freePorts } from './filters/host-ports.js'
import { maxReplicas } from './filters/max-replicas.js'
import { platform } from './filters/platform.js'
import { plugins } from './filters/plugins.js'
import { ready } from './filters/ready.js'
import { resources } from './filters/resources.js'
import type { NodeLoad } from './node-load.js'

/** In swarmkit's order: readiness first, since most refusals are cheapest to find there. */
export const filters: readonly Filter[] = [ready, resources, plugins, constraints, platform, freePorts, maxReplicas]

/** All rules for one task, or for tasks of one spec. */
export class Pipeline {
  readonly #checks: { filter: Filter; check: (load: NodeLoad) => boolean; refused: Set<string> }[]

  constructor(task: Task, rules: readonly Filter[] = filters) {
    this.#checks = rules.flatMap((filter) => {
      const check = filter.check(task)
      return check === undefined ? [] : [{ filter, check, refused: new Set<string>() }]
    })
  }

  /** Whether the node may take the task. A refusal is counted for the first rule that refuses. */
  accepts(load: NodeLoad): boolean {
    const refusing = this.#checks.find(({ check }) => !check(load))
    refusing?.refused.add(load.node.ID)
    return refusing === undefined
  }

  /** Why nodes were refused, the commonest reason first; empty when none was. */
  explain(): string {
    return this.#checks
      .filter(({ refused }) => refused.size > 0)
      .sort((a, b) => b.refused.size - a.refused.size)
      .map(({ filter, refused }) => filter.explain(refused.size))
      .join('; ')
  }
}
