import type { GenericResources } from '@essaim/api-types'

type Generic = GenericResources[number]
interface Pool {
  named: Set<string>
  count: number
}

/** User-defined resources (`gpu=UUID1`, `ssd=3`) of one node: what it has less what its tasks hold. */
export class GenericPool {
  readonly #kinds = new Map<string, Pool>()

  constructor(resources: GenericResources = []) {
    this.give(resources)
  }

  give(resources: readonly Generic[]): void {
    for (const { NamedResourceSpec: named, DiscreteResourceSpec: counted } of resources) {
      if (named?.Value !== undefined) this.#kind(named.Kind).named.add(named.Value)
      if (counted !== undefined) this.#kind(counted.Kind).count += counted.Value ?? 0
    }
  }

  take(resources: readonly Generic[]): void {
    for (const { NamedResourceSpec: named, DiscreteResourceSpec: counted } of resources) {
      if (named?.Value !== undefined) this.#kind(named.Kind).named.delete(named.Value)
      if (counted !== undefined) this.#kind(counted.Kind).count -= counted.Value ?? 0
    }
  }

  /**
   * Which of them a task would get that asks for `wanted` (numbers of a kind; a kind of names is counted by names), or
   * undefined when there are too few. Takes nothing.
   */
  choose(wanted: GenericResources = []): GenericResources | undefined {
    const chosen: GenericResources = []
    for (const { DiscreteResourceSpec: asked } of wanted) {
      const amount = asked?.Value ?? 0
      const pool = this.#kind(asked?.Kind)
      const names = [...pool.named].slice(0, amount)
      if (pool.named.size > 0 ? names.length < amount : pool.count < amount) return undefined
      const Kind = asked?.Kind ?? ''
      if (pool.named.size > 0) chosen.push(...names.map((Value) => ({ NamedResourceSpec: { Kind, Value } })))
      else chosen.push({ DiscreteResourceSpec: { Kind, Value: amount } })
    }
    return chosen
  }

  #kind(kind = ''): Pool {
    const pool = this.#kinds.get(kind) ?? { named: new Set<string>(), count: 0 }
    this.#kinds.set(kind, pool)
    return pool
  }
}
